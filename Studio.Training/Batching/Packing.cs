namespace Studio.Training.Batching;

/// <summary>How documents share rows.</summary>
public enum PackingStrategy
{
    /// <summary>Best fit decreasing; what is longer than a row is cut.</summary>
    Bfd,

    /// <summary>Best fit decreasing; what is longer than a row is split into pieces.</summary>
    BfdSplit,

    /// <summary>One long stream cut every row length; documents are not kept apart.</summary>
    Wrapped,
}

/// <summary>A piece of a document in a packed row.</summary>
public readonly record struct Fragment(int Document, int Start, int Count);

/// <summary>A row of fragments.</summary>
public sealed record PackedRow(IReadOnlyList<Fragment> Fragments)
{
    public int Length { get; } = Fragments.Sum(f => f.Count);
}

/// <summary>Puts documents of varied length into rows of at most a given length, so that little of a batch is padding.</summary>
public static class Packing
{
    public static PackingStrategy Parse(string name) => name switch
    {
        "bfd" => PackingStrategy.Bfd,
        "bfd_split" => PackingStrategy.BfdSplit,
        "wrapped" => PackingStrategy.Wrapped,
        _ => throw new ArgumentException($"There is no packing strategy \"{name}\"; use bfd, bfd_split or wrapped."),
    };

    /// <param name="lengths">Tokens of each document; empty ones are left out.</param>
    /// <param name="maxLength">Tokens of a row at most.</param>
    public static IReadOnlyList<PackedRow> Pack(IReadOnlyList<int> lengths, int maxLength, PackingStrategy strategy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        return strategy switch
        {
            PackingStrategy.Wrapped => Wrap(lengths, maxLength),
            PackingStrategy.Bfd => BestFit([.. Enumerable.Range(0, lengths.Count).Where(i => lengths[i] > 0).Select(i => new Fragment(i, 0, Math.Min(lengths[i], maxLength)))], maxLength),
            _ => BestFit([.. Enumerable.Range(0, lengths.Count).SelectMany(i => Pieces(i, lengths[i], maxLength))], maxLength),
        };
    }

    // Longest first; each piece goes to the fullest row that still holds it, the oldest among equals.
    private static List<PackedRow> BestFit(IReadOnlyList<Fragment> pieces, int maxLength)
    {
        List<List<Fragment>> rows = [];
        SortedSet<int> spaces = [];
        Dictionary<int, Queue<int>> bySpace = [];
        foreach (var piece in pieces.OrderByDescending(p => p.Count))
        {
            int row, space;
            using var fitting = spaces.GetViewBetween(piece.Count, maxLength).GetEnumerator();
            if (fitting.MoveNext())
            {
                space = fitting.Current;
                var queue = bySpace[space];
                row = queue.Dequeue();
                if (queue.Count == 0)
                {
                    spaces.Remove(space);
                }
            }
            else
            {
                space = maxLength;
                row = rows.Count;
                rows.Add([]);
            }

            rows[row].Add(piece);
            space -= piece.Count;
            if (space == 0)
            {
                continue;
            }

            if (!bySpace.TryGetValue(space, out var same))
            {
                bySpace[space] = same = new Queue<int>();
            }

            same.Enqueue(row);
            spaces.Add(space);
        }

        return [.. rows.Select(r => new PackedRow(r))];
    }

    private static List<PackedRow> Wrap(IReadOnlyList<int> lengths, int maxLength)
    {
        List<PackedRow> rows = [];
        List<Fragment> row = [];
        var used = 0;
        for (var document = 0; document < lengths.Count; document++)
        {
            for (var start = 0; start < lengths[document];)
            {
                var count = Math.Min(lengths[document] - start, maxLength - used);
                row.Add(new Fragment(document, start, count));
                start += count;
                used += count;
                if (used == maxLength)
                {
                    rows.Add(new PackedRow(row));
                    row = [];
                    used = 0;
                }
            }
        }

        if (row.Count > 0)
        {
            rows.Add(new PackedRow(row));
        }

        return rows;
    }

    private static IEnumerable<Fragment> Pieces(int document, int length, int maxLength)
    {
        for (var start = 0; start < length; start += maxLength)
        {
            yield return new Fragment(document, start, Math.Min(maxLength, length - start));
        }
    }
}
