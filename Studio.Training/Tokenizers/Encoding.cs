namespace Studio.Training.Tokenizers;

/// <summary>
/// The tokens of a text: ids, token strings and the range of each in code points of the text (end exclusive). Tokens that a template inserts have the range (0, 0).
/// </summary>
public sealed record Encoding(int[] Ids, string[] Tokens, (int Start, int End)[] Offsets)
{
    /// <summary>0 for the first text, 1 for the second, or what the template says.</summary>
    public int[] TypeIds { get; init; } = [];

    /// <summary>1 where a template or padding inserted the token.</summary>
    public int[] SpecialTokensMask { get; init; } = [];

    /// <summary>0 where the token is padding.</summary>
    public int[] AttentionMask { get; init; } = [];

    /// <summary>Which text (0 or 1) a token comes from; null for inserted tokens.</summary>
    public int?[] SequenceIds { get; init; } = [];

    /// <summary>Index of the pre-token that a token comes from; null for inserted tokens.</summary>
    public int?[] WordIds { get; init; } = [];

    /// <summary>The parts that truncation cut off, each an encoding of its own.</summary>
    public IReadOnlyList<Encoding> Overflowing { get; init; } = [];

    public int Length => Ids.Length;
}
