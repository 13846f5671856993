using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Text;
using Studio.Web.Api;

namespace Studio.Web.Grading;

/// <summary>How alike two texts are, 0 to 1: <c>fuzzy_match</c> (shared characters in order), <c>bleu</c>, <c>rouge_1</c> to <c>rouge_5</c>, <c>rouge_l</c>.</summary>
public sealed class TextSimilarity : Grader
{
    private const double StandardThreshold = 0.5;

    private static readonly Dictionary<string, Func<string, string, double>> Metrics = new(StringComparer.Ordinal)
    {
        ["fuzzy_match"] = FuzzyMatch,
        ["bleu"] = (input, reference) => Bleu.Sentence(input, [reference]).Score / 100,
        ["rouge_1"] = (input, reference) => Ngram(input, reference, 1),
        ["rouge_2"] = (input, reference) => Ngram(input, reference, 2),
        ["rouge_3"] = (input, reference) => Ngram(input, reference, 3),
        ["rouge_4"] = (input, reference) => Ngram(input, reference, 4),
        ["rouge_5"] = (input, reference) => Ngram(input, reference, 5),
        ["rouge_l"] = (input, reference) => Rouge.Longest(Tokens(reference), Tokens(input)).FMeasure,
    };

    public override string Type => "text_similarity";

    public override void Check(JsonObject criterion, string place)
    {
        criterion.RequiredText("input");
        criterion.RequiredText("reference");
        if (criterion.Text("evaluation_metric") is not { } metric || !Metrics.ContainsKey(metric))
        {
            throw RequestException.Invalid($"{place}.evaluation_metric", $"'evaluation_metric' must be one of: {string.Join(", ", Metrics.Keys)}.");
        }

        Threshold(criterion, place);
    }

    public override Task<Grade> GradeAsync(JsonObject criterion, GradedSample sample, AskModel ask, CancellationToken cancellation)
    {
        var input = GradingTemplate.Fill(criterion.RequiredText("input"), sample);
        var reference = GradingTemplate.Fill(criterion.RequiredText("reference"), sample);
        var score = Metrics[criterion.RequiredText("evaluation_metric")](input, reference);
        return Task.FromResult(new Grade(score >= Threshold(criterion, "testing_criteria"), score));
    }

    /// <summary>2 x longest common subsequence / total length.</summary>
    internal static double FuzzyMatch(string a, string b)
    {
        if (a.Length + b.Length == 0)
        {
            return 1;
        }

        var row = new int[b.Length + 1];
        foreach (var left in a)
        {
            var diagonal = 0;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = left == b[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return 2.0 * row[b.Length] / (a.Length + b.Length);
    }

    private static double Ngram(string input, string reference, int n) => Rouge.Ngram(Tokens(reference), Tokens(input), n).FMeasure;

    // Chinese has no spaces between words: there characters are the tokens.
    private static string[] Tokens(string text) => text.Any(c => c is >= '\u3400' and <= '\u9FFF') ? Rouge.Characters(text) : Rouge.Words(text);

    private static double Threshold(JsonObject criterion, string place) => criterion["pass_threshold"] switch
    {
        null => StandardThreshold,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) && number is >= 0 and <= 1 => number,
        _ => throw RequestException.Invalid($"{place}.pass_threshold", "'pass_threshold' must be a number from 0 to 1."),
    };
}
