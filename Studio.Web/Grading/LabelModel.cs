using System.Text.Json.Nodes;
using Studio.Web.Api;

namespace Studio.Web.Grading;

/// <summary>A model chooses a label for the answer; some labels pass.</summary>
public sealed class LabelModel : Grader
{
    private const int AnswerTokens = 32;

    public override string Type => "label_model";

    public override void Check(JsonObject criterion, string place)
    {
        criterion.RequiredText("model");
        ModelInput.Of(criterion, place);
        var labels = Words(criterion, "labels", place);
        if (Words(criterion, "passing_labels", place).Except(labels, StringComparer.Ordinal).Any())
        {
            throw RequestException.Invalid($"{place}.passing_labels", "'passing_labels' must be among 'labels'.");
        }
    }

    public override async Task<Grade> GradeAsync(JsonObject criterion, GradedSample sample, AskModel ask, CancellationToken cancellation)
    {
        var labels = Words(criterion, "labels", "testing_criteria");
        var messages = GradingTemplate.Messages(ModelInput.Of(criterion, "testing_criteria"), sample);
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = $"Answer with one of these labels and nothing else: {string.Join(", ", labels)}" });
        var said = await ask(criterion.RequiredText("model"), messages, new() { Temperature = 0, MaxTokens = AnswerTokens }, cancellation);

        // The label that stands first in what was said, the longer one of two that begin at the same place.
        var label = labels.Select(l => (Label: l, At: said.IndexOf(l, StringComparison.OrdinalIgnoreCase))).Where(l => l.At >= 0).OrderBy(l => l.At).ThenByDescending(l => l.Label.Length).Select(l => l.Label).FirstOrDefault();
        var passed = label is not null && Words(criterion, "passing_labels", "testing_criteria").Contains(label, StringComparer.Ordinal);
        return new Grade(passed, passed ? 1 : 0, said);
    }

    private static List<string> Words(JsonObject criterion, string field, string place) =>
        criterion[field] is JsonArray { Count: > 0 } list && list.All(l => l is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0)
            ? [.. list.Select(l => l!.GetValue<string>())]
            : throw RequestException.Invalid($"{place}.{field}", $"'{field}' must be a list of texts.");
}
