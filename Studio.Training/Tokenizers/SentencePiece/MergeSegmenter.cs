using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's byte-pair encoding: of all neighbours that join to a piece, the one with the highest score first, the leftmost of equal ones. User-defined symbols are never joined;
/// a piece that came out and is marked unused is taken apart again.
/// </summary>
internal sealed class MergeSegmenter(PieceTable table, bool freezeUserDefined = true) : PieceSegmenter
{
    public override List<(int Start, int End, int Id)> Segment(ReadOnlySpan<int> text)
    {
        var codePoints = text.ToArray();
        var starts = new List<int>();
        var frozen = new List<bool>();
        for (var at = 0; at < codePoints.Length;)
        {
            var symbol = freezeUserDefined ? SentenceNormalizer.LongestSymbol(table.UserDefined, codePoints.AsSpan(at)) : 0;
            starts.Add(at);
            frozen.Add(symbol > 0);
            at += Math.Max(1, symbol);
        }

        var count = starts.Count;
        var ends = new int[count];
        var previous = new int[count];
        var next = new int[count];
        for (var i = 0; i < count; i++)
        {
            ends[i] = i + 1 < count ? starts[i + 1] : codePoints.Length;
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
        }

        // A removed symbol has an empty range.
        var queue = new PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)>(Comparer<(float Score, int Left)>.Create((a, b) =>
            a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Left.CompareTo(b.Left)));
        var splits = new Dictionary<(int Start, int End), int>();
        for (var i = 1; i < count; i++)
        {
            Offer(i - 1, i);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right, length) = pair;
            if (ends[left] == starts[left] || ends[right] == starts[right] || ends[right] - starts[left] != length || next[left] != right)
            {
                continue;
            }

            ends[left] = ends[right];
            ends[right] = starts[right];
            next[left] = next[right];
            if (next[right] >= 0)
            {
                previous[next[right]] = left;
            }

            Offer(previous[left], left);
            Offer(left, next[left]);
        }

        var result = new List<(int, int, int)>();
        for (var i = 0; i >= 0 && count > 0; i = next[i])
        {
            Take(starts[i], ends[i]);
        }

        return result;

        void Offer(int left, int right)
        {
            if (left < 0 || right < 0 || frozen[left] || frozen[right])
            {
                return;
            }

            var id = table.Match(codePoints.AsSpan(starts[left], ends[right] - starts[left]));
            if (id < 0)
            {
                return;
            }

            queue.Enqueue((left, right, ends[right] - starts[left]), (table.Pieces[id].Score, left));
            if (table.Pieces[id].Type == PieceType.Unused)
            {
                splits[(starts[left], ends[right])] = starts[right];
            }
        }

        void Take(int start, int end)
        {
            var id = table.Match(codePoints.AsSpan(start, end - start));
            if (id >= 0 && table.Pieces[id].Type == PieceType.Unused && splits.TryGetValue((start, end), out var middle))
            {
                Take(start, middle);
                Take(middle, end);
                return;
            }

            result.Add((start, end, id >= 0 ? id : table.IdOf(CodePoints.ToText(codePoints.AsSpan(start, end - start)))));
        }
    }
}
