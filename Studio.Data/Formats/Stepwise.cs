using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>A solution in steps with a verdict on each (process reward models): <c>{"prompt", "completions": [...], "labels": [...]}</c>, TRL's stepwise supervision.</summary>
public sealed class Stepwise : DatasetFormat
{
    private static readonly FormatField Prompt = new("prompt", FieldShape.TextOrMessages, Required: true, "question", "problem", "instruction", "问题");
    private static readonly FormatField Completions = new("completions", FieldShape.Any, Required: true, "steps");
    private static readonly FormatField Labels = new("labels", FieldShape.Any, Required: true, "step_labels", "ratings");

    public override string Name => "stepwise";

    public override string Title => "Solutions judged step by step";

    public override ExampleKind Kind => ExampleKind.Stepwise;

    public override IReadOnlyList<FormatField> Fields { get; } = [Prompt, Completions, Labels];

    public override string Sample => """{"prompt": "3 x 4 + 2?", "completions": ["3 x 4 is 12.", "12 + 2 is 15."], "labels": [true, false]}""";

    public override FormatMatch Match(JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var match = base.Match(fields, columns);
        var row = new FormatRow(fields, 0, columns);
        return row.Node(Completions) is JsonArray && row.Node(Labels) is JsonArray ? match : match with { Score = 0 };
    }

    public override Example? Normalise(FormatRow row)
    {
        var prompt = row.TextOrMessages(Prompt, "user", out _);
        if (row.Node(Completions) is not JsonArray steps || row.Node(Labels) is not JsonArray verdicts)
        {
            row.Error("missing_field", "\"completions\" and \"labels\" must be lists.", "Give the steps as a list of texts and the verdicts as a list of true and false.", "completions");
            return null;
        }

        if (steps.Count == 0 || steps.Count != verdicts.Count)
        {
            row.Error("steps_and_labels", $"There are {steps.Count} steps and {verdicts.Count} verdicts.", "Give each step one verdict.", "labels");
            return null;
        }

        List<JudgedStep> judged = [];
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i] is not JsonValue value || !value.TryGetValue<string>(out var text) || string.IsNullOrWhiteSpace(text))
            {
                row.Error("empty_step", $"Step {i + 1} has no text.", "Write the step, or take it and its verdict out.", "completions");
                return null;
            }

            if (FormatRow.AsFlag(verdicts[i]) is not { } right)
            {
                row.Error("missing_field", $"The verdict on step {i + 1} must be true or false.", "Write true for a right step and false for a wrong one.", "labels");
                return null;
            }

            judged.Add(new JudgedStep(text, right));
        }

        return row.Failed || prompt is null ? null : new StepwiseExample { Prompt = prompt, Steps = judged, Line = row.Line };
    }
}
