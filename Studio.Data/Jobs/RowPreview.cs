namespace Studio.Data.Jobs;

/// <summary>One line of the answer of <c>Studio.Training preview MODEL --input rows.jsonl [--max-length N] [--lengths]</c>: a row exactly as training would see it.</summary>
public sealed record RowPreview
{
    /// <summary>0-based place in the input.</summary>
    public int Index { get; init; }

    public IReadOnlyList<PreviewToken> Tokens { get; init; } = [];

    /// <summary>Tokens of the whole row, those that are cut included.</summary>
    public int Length { get; init; }

    /// <summary>Tokens with a label: what the model learns to write.</summary>
    public int Trained { get; init; }

    /// <summary>Tokens beyond the longest length; they are not in <see cref="Tokens"/>.</summary>
    public int Cut { get; init; }

    /// <summary>Why the row cannot be shown, e.g. the chat template refuses it.</summary>
    public string? Problem { get; init; }
}

/// <param name="Text">The decoded piece; a character that spans several tokens stands at the last of them.</param>
/// <param name="Special">Added by the chat template or the tokenizer, not part of the text.</param>
public sealed record PreviewToken(int Id, string Text, bool Trained, bool Special);
