using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Studio.Data.Examples;

/// <summary>
/// A normalised training example: what every dataset format turns into, and one line of <c>data/*.jsonl</c> in a job folder.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ChatExample), "chat")]
[JsonDerivedType(typeof(CompletionExample), "completion")]
[JsonDerivedType(typeof(TextExample), "text")]
[JsonDerivedType(typeof(PreferenceExample), "preference")]
[JsonDerivedType(typeof(FeedbackExample), "feedback")]
[JsonDerivedType(typeof(PromptExample), "prompt")]
[JsonDerivedType(typeof(StepwiseExample), "stepwise")]
public abstract record Example
{
    /// <summary>Line (1-based) of the row in the uploaded file, so that every later message can point to it.</summary>
    public int? Line { get; init; }
}

/// <summary>A conversation; the loss is on assistant turns unless a recipe says otherwise.</summary>
public sealed record ChatExample : Example
{
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>Function definitions as OpenAI writes them; null when there are none.</summary>
    public JsonArray? Tools { get; init; }
}

/// <summary>A prompt and the text that should follow; the loss is on the completion.</summary>
public sealed record CompletionExample : Example
{
    public required string Prompt { get; init; }

    public required string Completion { get; init; }
}

/// <summary>Plain text; every token is trained.</summary>
public sealed record TextExample : Example
{
    public required string Text { get; init; }
}

/// <summary>A prompt with a better and a worse answer (DPO, ORPO, CPO, reward models).</summary>
public sealed record PreferenceExample : Example
{
    public required IReadOnlyList<Message> Prompt { get; init; }

    public required IReadOnlyList<Message> Chosen { get; init; }

    public required IReadOnlyList<Message> Rejected { get; init; }

    public double? Margin { get; init; }

    public JsonArray? Tools { get; init; }
}

/// <summary>A prompt, one answer, and whether it is wanted (KTO).</summary>
public sealed record FeedbackExample : Example
{
    public required IReadOnlyList<Message> Prompt { get; init; }

    public required IReadOnlyList<Message> Completion { get; init; }

    public required bool Label { get; init; }
}

/// <summary>A prompt for which the model writes answers that rewards judge (GRPO, PPO, RLOO), with what the rewards need to know.</summary>
public sealed record PromptExample : Example
{
    public required IReadOnlyList<Message> Prompt { get; init; }

    /// <summary>The right answer, where a reward compares with one.</summary>
    public string? Reference { get; init; }

    /// <summary>Further fields of the row that rewards may read (harmful, category, schema, ...).</summary>
    public JsonObject? Extra { get; init; }
}

/// <summary>A prompt and a solution in steps, each judged right or wrong (process reward models).</summary>
public sealed record StepwiseExample : Example
{
    public required IReadOnlyList<Message> Prompt { get; init; }

    public required IReadOnlyList<JudgedStep> Steps { get; init; }
}

/// <summary>One step of a solution.</summary>
public sealed record JudgedStep(string Text, bool Right);
