namespace Studio.Web.Pages.Data;

/// <summary>Tokens of rows, one number a row.</summary>
public sealed class TokenLengths(IReadOnlyList<int> lengths)
{
    private const int FirstBound = 16;

    public int Rows => lengths.Count;

    public int Longest => lengths.Count > 0 ? lengths.Max() : 0;

    /// <summary>Rows longer than <paramref name="limit"/>.</summary>
    public long Over(int limit) => lengths.Count(l => l > limit);

    /// <summary>Bars that double in width, up to the longest row.</summary>
    public (IReadOnlyList<int> Bounds, IReadOnlyList<long> Counts) Histogram()
    {
        List<int> bounds = [FirstBound];
        while (bounds[^1] < Longest)
        {
            bounds.Add(bounds[^1] * 2);
        }

        var counts = new long[bounds.Count];
        foreach (var length in lengths)
        {
            counts[bounds.FindIndex(b => length <= b)]++;
        }

        return (bounds, counts);
    }
}
