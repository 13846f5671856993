using System.Text.Json.Nodes;
using Studio.Web.Api;

namespace Studio.Web.Grading;

/// <summary>The list of graders.</summary>
public static class Graders
{
    public static IReadOnlyList<Grader> All { get; } = [new StringCheck(), new TextSimilarity(), new LabelModel(), new ScoreModel()];

    /// <exception cref="RequestException">There is no grader of that type here.</exception>
    public static Grader Of(JsonObject criterion, string place)
    {
        var type = criterion.Text("type") ?? throw RequestException.Invalid($"{place}.type", $"Missing required parameter: '{place}.type'.", "missing_required_parameter");
        return All.FirstOrDefault(g => g.Type == type) ?? throw RequestException.Invalid($"{place}.type", $"The grader '{type}' is not supported. Use one of: {string.Join(", ", All.Select(g => g.Type))}.");
    }

    public static Grader Of(JsonObject criterion) => Of(criterion, "testing_criteria");
}
