using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>A stretch of a normalised text; with a token already when it is an added token.</summary>
internal readonly record struct Piece(NormalizedText Text, int Start, int Length, int TokenId = -1)
{
    public bool IsToken => TokenId >= 0;

    public ReadOnlySpan<int> Span => Text.Span(Start, Length);

    public NormalizedText Whole => Text.Slice(Start, Length);

    public static Piece Of(NormalizedText text) => new(text, 0, text.Length);
}
