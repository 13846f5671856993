using System.Text.Json.Nodes;
using Studio.Web.Api;

namespace Studio.Web.Grading;

/// <summary>Compares two texts: <c>eq</c>, <c>ne</c>, <c>like</c> (contains), <c>ilike</c> (contains, whatever the case).</summary>
public sealed class StringCheck : Grader
{
    private static readonly string[] Operations = ["eq", "ne", "like", "ilike"];

    public override string Type => "string_check";

    public override void Check(JsonObject criterion, string place)
    {
        criterion.RequiredText("input");
        criterion.RequiredText("reference");
        if (!Operations.Contains(criterion.Text("operation"), StringComparer.Ordinal))
        {
            throw RequestException.Invalid($"{place}.operation", $"'operation' must be one of: {string.Join(", ", Operations)}.");
        }
    }

    public override Task<Grade> GradeAsync(JsonObject criterion, GradedSample sample, AskModel ask, CancellationToken cancellation)
    {
        var input = GradingTemplate.Fill(criterion.RequiredText("input"), sample);
        var reference = GradingTemplate.Fill(criterion.RequiredText("reference"), sample);
        var passed = criterion.Text("operation") switch
        {
            "eq" => string.Equals(input, reference, StringComparison.Ordinal),
            "ne" => !string.Equals(input, reference, StringComparison.Ordinal),
            "like" => input.Contains(reference, StringComparison.Ordinal),
            _ => input.Contains(reference, StringComparison.OrdinalIgnoreCase),
        };
        return Task.FromResult(new Grade(passed, passed ? 1 : 0));
    }
}
