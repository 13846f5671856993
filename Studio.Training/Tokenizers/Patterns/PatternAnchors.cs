using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>The places that anchors name.</summary>
internal static class PatternAnchors
{
    /// <param name="at">Between the code points <c>at - 1</c> and <c>at</c>.</param>
    /// <param name="searchStart">Where the search for this match began.</param>
    public static bool Holds(AnchorKind kind, ReadOnlySpan<int> text, int at, int searchStart) => kind switch
    {
        AnchorKind.LineStart => at == 0 || text[at - 1] == '\n' && at < text.Length,
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.TextStart => at == 0,
        AnchorKind.TextEnd => at == text.Length,
        AnchorKind.TextEndOrFinalNewline => at == text.Length || at == text.Length - 1 && text[at] == '\n',
        AnchorKind.WordBoundary => IsBoundary(text, at),
        AnchorKind.NotWordBoundary => !IsBoundary(text, at),
        _ => at == searchStart,
    };

    private static bool IsBoundary(ReadOnlySpan<int> text, int at) => (at > 0 && UnicodeClasses.IsRegexWord(text[at - 1])) != (at < text.Length && UnicodeClasses.IsRegexWord(text[at]));
}
