using Studio.Training.Tokenizers.Patterns;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Splits pieces at the matches of a pattern. Inverted, the matches are what is kept together and the rest is what splits.</summary>
internal sealed class Splitter(Pattern pattern, SplitBehavior behavior, bool invert = false)
{
    public void Split(Piece piece, List<Piece> output)
    {
        var matches = new List<(int Start, int End)>();
        Split(piece, matches, output);
    }

    public List<Piece> SplitAll(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 2);
        var matches = new List<(int Start, int End)>();
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
            }
            else
            {
                matches.Clear();
                Split(piece, matches, output);
            }
        }

        return output;
    }

    private void Split(Piece piece, List<(int Start, int End)> matches, List<Piece> output)
    {
        pattern.FindAll(piece.Span, matches);

        // Stretches in order, each a match (to be treated by the behavior) or not; then the behavior joins them.
        var parts = new List<(int Start, int End, bool IsMatch)>(2 * matches.Count + 1);
        var at = 0;
        foreach (var (start, end) in matches)
        {
            if (start > at)
            {
                parts.Add((at, start, invert));
            }

            parts.Add((start, end, !invert));
            at = end;
        }

        if (at < piece.Length)
        {
            parts.Add((at, piece.Length, invert));
        }

        switch (behavior)
        {
            case SplitBehavior.Isolated:
                foreach (var part in parts)
                {
                    Emit(part.Start, part.End);
                }

                break;
            case SplitBehavior.Removed:
                foreach (var part in parts)
                {
                    if (!part.IsMatch)
                    {
                        Emit(part.Start, part.End);
                    }
                }

                break;
            case SplitBehavior.Contiguous:
                EmitJoined(parts, (previous, current) => previous == current);
                break;
            case SplitBehavior.MergedWithPrevious:
                EmitJoined(parts, (previous, current) => current && !previous);
                break;
            default:
                EmitMergedWithNext(parts);
                break;
        }

        void Emit(int start, int end)
        {
            if (end > start)
            {
                output.Add(piece with { Start = piece.Start + start, Length = end - start });
            }
        }

        void EmitJoined(List<(int Start, int End, bool IsMatch)> list, Func<bool, bool, bool> joins)
        {
            var (start, end) = (-1, -1);
            var previous = false;
            foreach (var part in list)
            {
                if (start >= 0 && joins(previous, part.IsMatch))
                {
                    end = part.End;
                }
                else
                {
                    if (start >= 0)
                    {
                        Emit(start, end);
                    }

                    (start, end) = (part.Start, part.End);
                }

                previous = part.IsMatch;
            }

            if (start >= 0)
            {
                Emit(start, end);
            }
        }

        void EmitMergedWithNext(List<(int Start, int End, bool IsMatch)> list)
        {
            var joined = new List<(int Start, int End)>(list.Count);
            var previous = false;
            for (var i = list.Count - 1; i >= 0; i--)
            {
                if (list[i].IsMatch && !previous && joined.Count > 0)
                {
                    joined[^1] = (list[i].Start, joined[^1].End);
                }
                else
                {
                    joined.Add((list[i].Start, list[i].End));
                }

                previous = list[i].IsMatch;
            }

            for (var i = joined.Count - 1; i >= 0; i--)
            {
                Emit(joined[i].Start, joined[i].End);
            }
        }
    }
}
