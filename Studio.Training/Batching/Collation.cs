namespace Studio.Training.Batching;

/// <summary>A rectangle of numbers, row-major.</summary>
public sealed record Grid(int Rows, int Width, long[] Values)
{
    public long this[int row, int column] => Values[row * Width + column];

    public IReadOnlyList<long[]> ToRows() => [.. Enumerable.Range(0, Rows).Select(r => Values.AsSpan(r * Width, Width).ToArray())];
}

/// <summary>Documents laid end to end without padding.</summary>
/// <param name="Ids">(tokens)</param>
/// <param name="Labels">(tokens); the first of every document is not scored.</param>
/// <param name="Positions">(tokens); begin again with every document.</param>
/// <param name="Segments">Tokens of each document.</param>
public sealed record FlatRow(long[] Ids, long[] Labels, long[] Positions, int[] Segments)
{
    /// <summary>Boundaries: 0 and the end of every document.</summary>
    public int[] CumulativeLengths
    {
        get
        {
            var ends = new int[Segments.Length + 1];
            for (var i = 0; i < Segments.Length; i++)
            {
                ends[i + 1] = ends[i] + Segments[i];
            }

            return ends;
        }
    }
}

/// <summary>Lays rows of tokens out as tensors want them.</summary>
public static class Collation
{
    /// <summary>The label that no loss looks at.</summary>
    public const int Ignored = -100;

    /// <summary>Fills rows up to the longest, or to a multiple.</summary>
    public static Grid Pad(IReadOnlyList<IReadOnlyList<int>> rows, int value, bool left = false, int multiple = 1)
    {
        var width = rows.Count == 0 ? 0 : rows.Max(r => r.Count);
        width = (width + multiple - 1) / multiple * multiple;
        var values = new long[rows.Count * width];
        Array.Fill(values, value);
        for (var r = 0; r < rows.Count; r++)
        {
            var at = r * width + (left ? width - rows[r].Count : 0);
            for (var i = 0; i < rows[r].Count; i++)
            {
                values[at + i] = rows[r][i];
            }
        }

        return new Grid(rows.Count, width, values);
    }

    /// <summary>1 where <see cref="Pad"/> puts a token of the row.</summary>
    public static Grid Mask(IReadOnlyList<int> lengths, bool left = false, int multiple = 1) =>
        Pad([.. lengths.Select(n => (IReadOnlyList<int>)Enumerable.Repeat(1, n).ToArray())], 0, left, multiple);

    /// <summary>
    /// Moves what the mask keeps to the left edge by whole columns: leading columns that no row uses fall away, then trailing ones.
    /// </summary>
    public static (Grid Mask, Grid Values) FlushLeft(Grid mask, Grid values)
    {
        var width = 0;
        var kept = new long[mask.Rows][];
        var moved = new long[mask.Rows][];
        for (var r = 0; r < mask.Rows; r++)
        {
            var first = 0;
            while (first < mask.Width && mask[r, first] == 0)
            {
                first++;
            }

            kept[r] = new long[mask.Width];
            moved[r] = new long[mask.Width];
            for (var c = first; c < mask.Width; c++)
            {
                kept[r][c - first] = mask[r, c];
                moved[r][c - first] = values[r, c];
                if (mask[r, c] != 0)
                {
                    width = Math.Max(width, c - first + 1);
                }
            }
        }

        return (new Grid(mask.Rows, width, [.. kept.SelectMany(row => row.Take(width))]), new Grid(mask.Rows, width, [.. moved.SelectMany(row => row.Take(width))]));
    }

    /// <summary>Rows end to end. A row that is itself packed brings the lengths of its documents.</summary>
    public static FlatRow Flatten(IReadOnlyList<(IReadOnlyList<int> Ids, IReadOnlyList<int> Labels, IReadOnlyList<int>? Segments)> rows)
    {
        var total = rows.Sum(r => r.Ids.Count);
        var (ids, labels, positions) = (new long[total], new long[total], new long[total]);
        List<int> segments = [];
        var at = 0;
        foreach (var (rowIds, rowLabels, rowSegments) in rows)
        {
            var offset = 0;
            foreach (var length in rowSegments ?? [rowIds.Count])
            {
                for (var i = 0; i < length; i++, at++, offset++)
                {
                    ids[at] = rowIds[offset];
                    labels[at] = i == 0 ? Ignored : rowLabels[offset];
                    positions[at] = i;
                }

                if (length > 0)
                {
                    segments.Add(length);
                }
            }
        }

        return new FlatRow(ids, labels, positions, [.. segments]);
    }
}
