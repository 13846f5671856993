using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>One answer and whether it is wanted (KTO): <c>{"prompt", "completion", "label"}</c>, or a conversation whose last turn is judged.</summary>
public sealed class Kto : DatasetFormat
{
    private static readonly FormatField Prompt = new("prompt", FieldShape.TextOrMessages, Required: true, "messages", "conversations", "question", "instruction");
    private static readonly FormatField Completion = new("completion", FieldShape.TextOrMessages, Required: false, "response", "answer", "output");
    private static readonly FormatField Label = new("label", FieldShape.Flag, Required: true, "kto_tag", "desirable", "is_good", "thumbs_up");

    public override string Name => "kto";

    public override string Title => "Rated answers (KTO)";

    public override ExampleKind Kind => ExampleKind.Feedback;

    public override IReadOnlyList<FormatField> Fields { get; } = [Prompt, Completion, Label];

    public override string Sample => """{"prompt": "Is it late?", "completion": "It is ten.", "label": true}""";

    /// <summary>A class number beside a text is no rating: without a completion the prompt must be a conversation.</summary>
    public override FormatMatch Match(global::System.Text.Json.Nodes.JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var match = base.Match(fields, columns);
        var row = new FormatRow(fields, 0, columns);
        return match.Score > 0 && row.Column(Completion) is null && row.Node(Prompt) is not global::System.Text.Json.Nodes.JsonArray ? match with { Score = 0 } : match;
    }

    public override Example? Normalise(FormatRow row)
    {
        var prompt = row.TextOrMessages(Prompt, "user", out _);
        List<Message>? completion = null;
        if (row.Column(Completion) is not null)
        {
            completion = row.TextOrMessages(Completion, "assistant", out _);
        }
        else if (prompt is { Count: > 1 } && prompt[^1].Role == "assistant")
        {
            completion = [prompt[^1]];
            prompt.RemoveAt(prompt.Count - 1);
        }
        else if (!row.Failed)
        {
            row.Error("no_assistant_turn", "The row has no completion and the conversation does not end with an assistant turn.", "Add the answer that is rated.", "completion");
        }

        var label = FormatRow.AsFlag(row.Node(Label));
        if (label is null)
        {
            row.Error("missing_field", "\"label\" must be true or false.", "Write true for a wanted answer and false for an unwanted one.", row.Column(Label) ?? "label");
        }

        return row.Failed || prompt is null || completion is null || label is null
            ? null
            : new FeedbackExample { Prompt = prompt, Completion = completion, Label = label.Value, Line = row.Line };
    }
}
