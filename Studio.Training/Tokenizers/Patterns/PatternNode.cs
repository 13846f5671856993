using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>Syntax tree of a regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>Text to match as it is, or in any case.</summary>
    public sealed record Literal(int[] CodePoints, bool IgnoreCase) : PatternNode;

    /// <summary>One code point of a set.</summary>
    public sealed record Set(CodePointSet Members) : PatternNode;

    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    public sealed record Alternation(IReadOnlyList<PatternNode> Choices) : PatternNode;

    /// <summary>Repetition; <see cref="Max"/> is -1 where there is no upper bound.</summary>
    public sealed record Repeat(PatternNode Body, int Min, int Max, RepeatKind Kind) : PatternNode;

    /// <summary>A numbered group that back-references can name.</summary>
    public sealed record Capture(PatternNode Body, int Number) : PatternNode;

    public sealed record BackReference(int Number, bool IgnoreCase) : PatternNode;

    /// <summary>A part that keeps its first match: <c>(?&gt;...)</c>.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    public sealed record Look(PatternNode Body, bool Behind, bool Negative) : PatternNode;

    public sealed record Anchor(AnchorKind Kind) : PatternNode;
}

internal enum RepeatKind
{
    Greedy,
    Lazy,
    Possessive,
}

internal enum AnchorKind
{
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    TextEndOrFinalNewline,
    WordBoundary,
    NotWordBoundary,
    SearchStart,
}
