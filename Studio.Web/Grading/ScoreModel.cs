using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Web.Api;

namespace Studio.Web.Grading;

/// <summary>A model gives the answer a number; enough of it passes.</summary>
public sealed partial class ScoreModel : Grader
{
    private const int AnswerTokens = 64;

    public override string Type => "score_model";

    public override void Check(JsonObject criterion, string place)
    {
        criterion.RequiredText("model");
        ModelInput.Of(criterion, place);
        var (low, high) = Range(criterion, place);
        if (Threshold(criterion, place, high) is var threshold && (threshold < low || threshold > high))
        {
            throw RequestException.Invalid($"{place}.pass_threshold", "'pass_threshold' must lie in 'range'.");
        }
    }

    public override async Task<Grade> GradeAsync(JsonObject criterion, GradedSample sample, AskModel ask, CancellationToken cancellation)
    {
        var (low, high) = Range(criterion, "testing_criteria");
        var messages = GradingTemplate.Messages(ModelInput.Of(criterion, "testing_criteria"), sample);
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = string.Create(CultureInfo.InvariantCulture, $"Answer with a number from {low} to {high} and nothing else.") });
        var said = await ask(criterion.RequiredText("model"), messages, new() { Temperature = 0, MaxTokens = AnswerTokens }, cancellation);
        var match = Number().Match(said);
        if (!match.Success || !double.TryParse(match.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var score))
        {
            throw new RequestException(422, "no_score", $"The grading model gave no number: {(said.Length > 200 ? said[..200] : said)}");
        }

        score = Math.Clamp(score, low, high);
        return new Grade(score >= Threshold(criterion, "testing_criteria", high), score, said);
    }

    private static (double Low, double High) Range(JsonObject criterion, string place) => criterion["range"] switch
    {
        null => (0, 1),
        JsonArray { Count: 2 } ends when ends[0] is JsonValue a && a.TryGetValue<double>(out var low) && ends[1] is JsonValue b && b.TryGetValue<double>(out var high) && low < high => (low, high),
        _ => throw RequestException.Invalid($"{place}.range", "'range' must be two numbers, the smaller one first."),
    };

    private static double Threshold(JsonObject criterion, string place, double high) => criterion["pass_threshold"] switch
    {
        null => high,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) => number,
        _ => throw RequestException.Invalid($"{place}.pass_threshold", "'pass_threshold' must be a number."),
    };

    [GeneratedRegex(@"-?\d+(\.\d+)?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();
}
