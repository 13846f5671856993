using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Validation;

namespace Studio.Data.Recipes.Methods;

/// <summary>What all methods share in which the model answers prompts itself and rewards judge the answers; names as in TRL where it has them.</summary>
public abstract record RolloutOptions : IOptionChecks
{
    [Option(Basic = true, Label = "Rewards", Help = "What makes an answer good; several are added up. Write a name or name*weight (length*0.2): refusal_pair, reward_model, exact_answer, numeric_answer, regex, json_schema, length, language, repetition, reasoning_format, judge. auto chooses by the columns of the data.")]
    public IReadOnlyList<string> Rewards { get; init; } = [RewardEntry.Auto];

    [Option(Basic = true, Min = 1, Max = 8192, Label = "Longest answer", Help = "Tokens of a sampled answer at most. Shorter is faster; an answer that is cut off teaches little.")]
    public int MaxCompletionLength { get; init; } = 128;

    [Option(Min = 0, MinExclusive = true, Max = 5, Label = "Temperature", Help = "How varied the sampled answers are; 1 samples as the model thinks.")]
    public double Temperature { get; init; } = 1;

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Top p", Help = "Samples only from the likeliest tokens that make up this share; 1 is off.")]
    public double TopP { get; init; } = 1;

    [Option(Min = 0, Max = 100_000, Label = "Top k", Help = "Samples only from this many likeliest tokens; 0 is off.")]
    public int TopK { get; init; }

    [Option(Label = "Pattern to match", Help = "Regular expression that a good answer contains; used by the reward regex. A row may bring its own in the column pattern.")]
    public string? RewardPattern { get; init; }

    [Option(Label = "JSON schema", Help = "Schema that a good answer fulfils; used by the reward json_schema. A row may bring its own in the column schema.")]
    public string? RewardSchema { get; init; }

    [Option(Min = 1, Max = 8192, Label = "Wanted length", Help = "Tokens of a good answer; used by the reward length.")]
    public int RewardLength { get; init; } = 64;

    [Option(Choices = "prompt|en|zh", Label = "Wanted language", Help = "Language of a good answer; used by the reward language. prompt is the language of the question.")]
    public string RewardLanguage { get; init; } = "prompt";

    [Option(Label = "Reward model", Help = "A reward adapter of the same base model; used by the reward reward_model.", Model = "reward")]
    public string? RewardModel { get; init; }

    [Option(Label = "Judge address", Help = "OpenAI-compatible endpoint, for example http://localhost:8000/v1; used by the reward judge.")]
    public string? JudgeUrl { get; init; }

    [Option(Label = "Judge model", Help = "Name of the model that judges.")]
    public string? JudgeModel { get; init; }

    [Option(Label = "Judge key variable", Help = "Name of the environment variable of the trainer that holds the key of the judge; empty sends none.")]
    public string? JudgeKeyVariable { get; init; }

    [Option(Label = "What the judge looks for", Help = "One or two sentences that tell the judge what a good answer is.")]
    public string JudgeCriterion { get; init; } = "The answer is correct, helpful and to the point.";

    /// <summary>A grader as the OpenAI API writes it; what the reward grader uses.</summary>
    public JsonObject? Grader { get; init; }

    public virtual IEnumerable<Problem> Check()
    {
        if (Rewards.Count == 0)
        {
            yield return Fault("rewards", "No reward was chosen.", $"Choose at least one of: {string.Join(", ", RewardEntry.Names)}.");
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var text in Rewards)
        {
            RewardEntry? entry = null;
            string? fault = null;
            try
            {
                entry = RewardEntry.Parse(text);
                fault = !seen.Add(entry.Name) ? $"The reward {entry.Name} is there twice." : Lacks(entry.Name);
            }
            catch (FormatException e)
            {
                fault = e.Message;
            }

            if (fault is not null)
            {
                yield return Fault("rewards", fault, "Correct the list of rewards or the option it names.");
            }
        }
    }

    /// <summary>What a reward lacks among the options; null when it has all.</summary>
    private string? Lacks(string reward) => reward switch
    {
        "regex" => Pattern(RewardPattern),
        "json_schema" => RewardSchema is { Length: > 0 } schema && !IsObject(schema) ? "reward_schema is not a JSON object." : null,
        "reward_model" => string.IsNullOrWhiteSpace(RewardModel) ? "The reward reward_model needs reward_model, the folder of a reward adapter." : null,
        "judge" => Uri.TryCreate(JudgeUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? (string.IsNullOrWhiteSpace(JudgeModel) ? "The reward judge needs judge_model." : null)
            : "The reward judge needs judge_url, an http or https address.",
        "grader" => Grader is null ? "The reward grader needs a grader."
            : GraderSpec.Fault(Grader) is { } fault ? $"{fault.Place}: {fault.Message}"
            : GraderSpec.AsksModel(Grader) && string.IsNullOrWhiteSpace(JudgeUrl) ? "The grader score_model needs judge_url, an OpenAI-compatible endpoint." : null,
        _ => null,
    };

    private static string? Pattern(string? pattern)
    {
        try
        {
            _ = pattern is null ? null : new Regex(pattern);
            return null;
        }
        catch (ArgumentException e)
        {
            return $"reward_pattern is not a regular expression: {e.Message}";
        }
    }

    private static bool IsObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    protected static Problem Fault(string field, string message, string remedy) => new("bad_option", Severity.Fatal, message, remedy) { Field = field };
}
