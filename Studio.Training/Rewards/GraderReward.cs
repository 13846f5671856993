using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Evaluation.Text;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Loop;

namespace Studio.Training.Rewards;

/// <summary>A grader as the OpenAI API writes it. Texts may name <c>{{ sample.output_text }}</c>, <c>{{ sample.output_json.field }}</c> and columns of the row as <c>{{ item.field }}</c>.</summary>
internal sealed partial class GraderReward : Reward
{
    private readonly JsonObject grader;
    private readonly RolloutOptions options;
    private readonly Dictionary<string, JudgeEndpoint> endpoints = new(StringComparer.Ordinal);

    /// <exception cref="TrainingFailure">The grader is not one of those that are known, or asks a model and there is no judge address.</exception>
    public GraderReward(JsonObject grader, RolloutOptions options)
    {
        (this.grader, this.options) = (grader, options);
        if (GraderSpec.Fault(grader) is { } fault)
        {
            throw new TrainingFailure("bad_option", $"{fault.Place}: {fault.Message}", "Correct the grader.");
        }

        if (GraderSpec.AsksModel(grader) && string.IsNullOrWhiteSpace(options.JudgeUrl))
        {
            throw new TrainingFailure("bad_option", "The grader score_model asks a model, and judge_url does not say where it is.", "Set judge_url to an OpenAI-compatible endpoint.");
        }
    }

    public override string Name => "grader";

    public override Task<double[]> ScoreAsync(IReadOnlyList<JudgedAnswer> answers, CancellationToken cancellation) =>
        Task.WhenAll(answers.Select(a => GradeAsync(grader, a, cancellation)));

    public override void Dispose()
    {
        foreach (var endpoint in endpoints.Values)
        {
            endpoint.Dispose();
        }

        base.Dispose();
    }

    private async Task<double> GradeAsync(JsonObject part, JudgedAnswer answer, CancellationToken cancellation)
    {
        string Filled(string field) => Fill(GraderSpec.Text(part, field) ?? "", answer);
        switch (GraderSpec.Text(part, "type"))
        {
            case "string_check":
                return Check(Filled("input"), Filled("reference"), GraderSpec.Text(part, "operation")!) ? 1 : 0;
            case "text_similarity":
                return Similarity(Filled("input"), Filled("reference"), GraderSpec.Text(part, "evaluation_metric")!);
            case "score_model":
                return await AskAsync(part, answer, cancellation).ConfigureAwait(false);
            default:
                Dictionary<string, double> scores = new(StringComparer.Ordinal);
                foreach (var (name, inner) in part["graders"]!.AsObject())
                {
                    scores[name] = await GradeAsync(inner!.AsObject(), answer, cancellation).ConfigureAwait(false);
                }

                return GraderSpec.Evaluate(GraderSpec.Text(part, "calculate_output")!, scores);
        }
    }

    private async Task<double> AskAsync(JsonObject part, JudgedAnswer answer, CancellationToken cancellation)
    {
        JsonArray messages = [.. part["input"]!.AsArray().Select(t => (JsonNode)new JsonObject { ["role"] = GraderSpec.Text(t!.AsObject(), "role") == "developer" ? "system" : GraderSpec.Text(t.AsObject(), "role"), ["content"] = Fill(GraderSpec.Content(t.AsObject())!, answer) })];
        var reply = await Endpoint(GraderSpec.Text(part, "model")!).AskAsync(messages, part["sampling_params"] as JsonObject, cancellation).ConfigureAwait(false);
        var (low, high) = part["range"] is JsonArray range ? (range[0]!.GetValue<double>(), range[1]!.GetValue<double>()) : (0.0, 1.0);
        return Numbers().Matches(reply) is { Count: > 0 } all && double.TryParse(all[^1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) ? Math.Clamp(score, low, high) : double.NaN;
    }

    private JudgeEndpoint Endpoint(string model)
    {
        lock (endpoints)
        {
            if (!endpoints.TryGetValue(model, out var known))
            {
                endpoints[model] = known = new JudgeEndpoint(options.JudgeUrl!, model, options.JudgeKeyVariable);
            }

            return known;
        }
    }

    internal static bool Check(string input, string reference, string operation) => operation switch
    {
        "eq" => input == reference,
        "ne" => input != reference,
        "like" => input.Contains(reference, StringComparison.Ordinal),
        _ => input.Contains(reference, StringComparison.OrdinalIgnoreCase),
    };

    internal static double Similarity(string input, string reference, string metric)
    {
        switch (metric)
        {
            case "fuzzy_match":
                return Fuzzy(input.ToLowerInvariant(), reference.ToLowerInvariant());
            case "bleu":
                return Bleu.Sentence(input, [reference]).Score / 100;
            default:
                string[] Words(string text) => text.Any(c => c is >= '\u3400' and <= '\u9fff') ? Rouge.Characters(text) : Rouge.Words(text);
                return metric == "rouge_l" ? Rouge.Longest(Words(reference), Words(input)).FMeasure : Rouge.Ngram(Words(reference), Words(input), metric[^1] - '0').FMeasure;
        }
    }

    /// <summary>1 less the edit distance as a share of the longer text.</summary>
    private static double Fuzzy(string a, string b)
    {
        if (a.Length == 0 && b.Length == 0)
        {
            return 1;
        }

        int[] before = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var now = new int[b.Length + 1];
            now[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                now[j] = Math.Min(Math.Min(now[j - 1], before[j]) + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }

            before = now;
        }

        return 1 - ((double)before[^1] / Math.Max(a.Length, b.Length));
    }

    /// <summary>Puts the answer and the columns of its row into a text.</summary>
    internal static string Fill(string text, JudgedAnswer answer) => Places().Replace(text, m =>
    {
        var path = m.Groups[1].Value.Split('.');
        return path switch
        {
            ["sample", "output_text"] => answer.Text,
            ["sample", "output_json", .. var rest] => Written(Inside(Json(answer.Text), rest)),
            ["item", var name] when name is "reference" or "reference_answer" or "answer" && answer.Row.Extra?[name] is null => answer.Row.Reference ?? "",
            ["item", "prompt"] when answer.Row.Extra?["prompt"] is null => answer.Question,
            ["item", .. var rest] => Written(Inside(answer.Row.Extra, rest)),
            _ => "",
        };
    });

    private static JsonNode? Inside(JsonNode? node, string[] path) => path.Aggregate(node, (inner, name) => (inner as JsonObject)?[name]);

    private static string Written(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(),
    };

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\{\{\s*([\w.]+)\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Places();

    [GeneratedRegex(@"-?\d+(\.\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
