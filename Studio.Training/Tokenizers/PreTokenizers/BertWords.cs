using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>BERT's words: blanks are dropped, each punctuation character stands alone.</summary>
internal sealed class BertWords : PreTokenizer
{
    private readonly Splitter blanks = new(Pattern.OfCodePoints(UnicodeClasses.IsWhiteSpace), SplitBehavior.Removed);
    private readonly Splitter punctuation = new(Pattern.OfCodePoints(UnicodeClasses.IsPunctuationOrAsciiSymbol), SplitBehavior.Isolated);

    public override List<Piece> Split(List<Piece> pieces) => punctuation.SplitAll(blanks.SplitAll(pieces));
}
