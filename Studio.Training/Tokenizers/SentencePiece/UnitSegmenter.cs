using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>The models without search: single characters, or words that begin with ▁.</summary>
internal sealed class UnitSegmenter(PieceTable table, bool words) : PieceSegmenter
{
    public override List<(int Start, int End, int Id)> Segment(ReadOnlySpan<int> text)
    {
        var result = new List<(int, int, int)>();
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            if (words)
            {
                while (end < text.Length && text[end] != SentenceNormalizer.Space)
                {
                    end++;
                }
            }
            else
            {
                end = start + Math.Max(1, SentenceNormalizer.LongestSymbol(table.UserDefined, text[start..]));
            }

            result.Add((start, end, table.IdOf(CodePoints.ToText(text[start..end]))));
            start = end;
        }

        return result;
    }
}
