namespace Studio.Data.Evaluation.Statistics;

/// <summary>Corrections for looking at several p values at once; each returns adjusted values in the order given.</summary>
public static class MultipleTesting
{
    public static double[] Bonferroni(IReadOnlyList<double> p) => [.. p.Select(x => Math.Min(1, x * p.Count))];

    /// <summary>Holm (1979): as strict about any false finding as Bonferroni, never weaker.</summary>
    public static double[] Holm(IReadOnlyList<double> p)
    {
        var adjusted = new double[p.Count];
        var highest = 0.0;
        foreach (var (index, rank) in Ranked(p))
        {
            highest = Math.Max(highest, p[index] * (p.Count - rank));
            adjusted[index] = Math.Min(1, highest);
        }

        return adjusted;
    }

    /// <summary>Benjamini and Hochberg (1995): limits the share of false findings.</summary>
    public static double[] BenjaminiHochberg(IReadOnlyList<double> p)
    {
        var adjusted = new double[p.Count];
        var lowest = 1.0;
        foreach (var (index, rank) in Ranked(p).Reverse())
        {
            lowest = Math.Min(lowest, p[index] * p.Count / (rank + 1));
            adjusted[index] = lowest;
        }

        return adjusted;
    }

    private static IEnumerable<(int Index, int Rank)> Ranked(IReadOnlyList<double> p) =>
        Enumerable.Range(0, p.Count).OrderBy(i => p[i]).Select((index, rank) => (index, rank));
}
