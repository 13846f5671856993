using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Prompts that the model answers itself while rewards judge (GRPO, PPO, RLOO): <c>{"prompt", "reference"?, ...}</c>; other fields go to the rewards.</summary>
public sealed class PromptOnly : DatasetFormat
{
    private static readonly FormatField Prompt = new("prompt", FieldShape.TextOrMessages, Required: true, "question", "query", "problem", "问题", "messages");
    private static readonly FormatField Reference = new("reference", FieldShape.Text, Required: false, "answer", "reference_answer", "ground_truth", "solution", "target", "答案");
    private static readonly FormatField System = new("system", FieldShape.Text, Required: false, "system_prompt");

    public override string Name => "prompt_only";

    public override string Title => "Prompts for reinforcement";

    public override ExampleKind Kind => ExampleKind.Prompt;

    public override IReadOnlyList<FormatField> Fields { get; } = [Prompt, Reference, System];

    public override string Sample => """{"prompt": "How many legs have three spiders?", "reference": "24"}""";

    /// <summary>A question with an answer is first of all a question and answer pair; prompts for rewards are the second guess.</summary>
    public override FormatMatch Match(JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var match = base.Match(fields, columns);
        var row = new FormatRow(fields, 0, columns);
        if (match.Score > 0 && row.Column(Prompt) == "messages")
        {
            // OpenAI's rows for reinforcement: the conversation waits for an answer, and other columns tell the grader what is right. An answered one is a chat.
            string[] others = [.. fields.Select(f => f.Key).Where(k => k is not ("messages" or "tools" or "functions"))];
            var waits = fields["messages"] is JsonArray { Count: > 0 } turns && turns[^1] is JsonObject last && (last["role"] as JsonValue)?.ToString() == "user";
            return waits && others.Length > 0 ? new FormatMatch(0.95, match.Columns.Concat(others).ToHashSet(StringComparer.Ordinal)) : new FormatMatch(0, new HashSet<string>());
        }

        var doubt = row.Column(Reference) is "answer" or "solution" or "答案" || row.Column(Prompt) != Prompt.Name ? 0.8 : 0.95;
        return match with { Score = match.Score * doubt };
    }

    public override Example? Normalise(FormatRow row)
    {
        var prompt = row.TextOrMessages(Prompt, "user", out _);
        var reference = row.Text(Reference);
        var system = row.Text(System);
        if (row.Failed || prompt is null)
        {
            return null;
        }

        if (!string.IsNullOrWhiteSpace(system) && prompt[0].Role != "system")
        {
            prompt.Insert(0, new Message { Role = "system", Content = system });
        }

        string?[] used = [row.Column(Prompt), row.Column(Reference), row.Column(System)];
        var extra = new JsonObject();
        foreach (var (name, value) in row.Fields)
        {
            if (!used.Contains(name) && value is not null)
            {
                extra[name] = value.DeepClone();
            }
        }

        return new PromptExample { Prompt = prompt, Reference = reference, Extra = extra.Count > 0 ? extra : null, Line = row.Line };
    }
}
