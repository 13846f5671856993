namespace Studio.Training.Tokenizers.Models;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016) of one word: the pair with the lowest rank first, the leftmost of equal ones. A scan for short words, a queue for long ones, so that a run
/// of n symbols takes n log n.
/// </summary>
internal static class MergeQueue
{
    private const int ScanLimit = 24;

    /// <summary>Merges in place; returns the number of symbols left. Lengths of joined symbols add up.</summary>
    public static int Merge(Span<int> ids, Span<int> lengths, PairTable merges)
    {
        return ids.Length < 2 ? ids.Length : ids.Length <= ScanLimit ? Scan(ids, lengths, merges) : Queue(ids, lengths, merges);
    }

    private static int Scan(Span<int> ids, Span<int> lengths, PairTable merges)
    {
        var count = ids.Length;
        Span<int> ranks = stackalloc int[ScanLimit];
        Span<int> made = stackalloc int[ScanLimit];
        for (var i = 0; i + 1 < count; i++)
        {
            merges.TryGet(ids[i], ids[i + 1], out ranks[i], out made[i]);
        }

        while (count > 1)
        {
            var best = int.MaxValue;
            var at = -1;
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] < best)
                {
                    best = ranks[i];
                    at = i;
                }
            }

            if (at < 0)
            {
                break;
            }

            ids[at] = made[at];
            lengths[at] += lengths[at + 1];
            for (var i = at + 1; i + 1 < count; i++)
            {
                ids[i] = ids[i + 1];
                lengths[i] = lengths[i + 1];
                ranks[i] = ranks[i + 1];
                made[i] = made[i + 1];
            }

            count--;
            if (at > 0)
            {
                merges.TryGet(ids[at - 1], ids[at], out ranks[at - 1], out made[at - 1]);
            }

            if (at + 1 < count)
            {
                merges.TryGet(ids[at], ids[at + 1], out ranks[at], out made[at]);
            }
        }

        return count;
    }

    private static int Queue(Span<int> ids, Span<int> lengths, PairTable merges)
    {
        var count = ids.Length;
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right, int Made), long>(count);
        for (var i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
            if (i + 1 < count)
            {
                Offer(ids, i, i + 1);
            }
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            // Entries of symbols that have been merged since are stale.
            var right = next[pair.At];
            if (ids[pair.At] != pair.Left || right < 0 || ids[right] != pair.Right)
            {
                continue;
            }

            ids[pair.At] = pair.Made;
            lengths[pair.At] += lengths[right];
            ids[right] = -1;
            next[pair.At] = next[right];
            if (next[right] >= 0)
            {
                previous[next[right]] = pair.At;
                Offer(ids, pair.At, next[pair.At]);
            }

            if (previous[pair.At] >= 0)
            {
                Offer(ids, previous[pair.At], pair.At);
            }
        }

        var kept = 0;
        for (var i = 0; i >= 0; i = next[i])
        {
            ids[kept] = ids[i];
            lengths[kept++] = lengths[i];
        }

        return kept;

        void Offer(Span<int> symbols, int left, int right)
        {
            if (merges.TryGet(symbols[left], symbols[right], out var rank, out var made))
            {
                queue.Enqueue((left, symbols[left], symbols[right], made), (long)rank << 32 | (uint)left);
            }
        }
    }
}
