using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Runs of word characters, and runs of whatever else is not blank; blanks are dropped.</summary>
internal sealed class WordsAndSymbols : PreTokenizer
{
    public override List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 4);
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
                continue;
            }

            var span = piece.Span;
            var start = 0;
            var kind = 0;
            for (var i = 0; i <= span.Length; i++)
            {
                var next = i == span.Length ? 0 : UnicodeClasses.IsWord(span[i]) ? 1 : UnicodeClasses.IsWhiteSpace(span[i]) ? 0 : 2;
                if (next != kind || i == span.Length)
                {
                    if (kind != 0)
                    {
                        output.Add(piece with { Start = piece.Start + start, Length = i - start });
                    }

                    start = i;
                    kind = next;
                }
            }
        }

        return output;
    }
}
