namespace Studio.Data.Evaluation.Statistics;

/// <summary>What resampling says about the difference of two systems on the same items.</summary>
/// <param name="PValue">Chance of so large a difference if there were none.</param>
/// <param name="WinsB">Share of resamples in which the second system is better.</param>
/// <param name="Difference">95 % interval of mean(b) − mean(a).</param>
public sealed record PairedBootstrap(double PValue, double WinsB, Interval Difference);

/// <summary>The bootstrap (Efron 1979): resample the items with replacement and look at how the mean moves.</summary>
public static class Bootstrap
{
    /// <summary>Index rows for resampling; the same seed gives the same rows on every machine.</summary>
    public static int[][] Resamples(int items, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new int[count][];
        for (var r = 0; r < count; r++)
        {
            rows[r] = new int[items];
            for (var i = 0; i < items; i++)
            {
                rows[r][i] = random.Next(items);
            }
        }

        return rows;
    }

    /// <summary>Percentile interval of the mean.</summary>
    public static Interval Percentile(IReadOnlyList<double> scores, IReadOnlyList<IReadOnlyList<int>> resamples, double confidence = 0.95)
    {
        var means = Means(scores, resamples);
        Array.Sort(means);
        var tail = (1 - confidence) / 2;
        return new Interval(Quantile(means, tail), Quantile(means, 1 - tail));
    }

    /// <summary>Standard error of the mean: the spread of the resampled means (n − 1).</summary>
    public static double StandardError(IReadOnlyList<double> scores, IReadOnlyList<IReadOnlyList<int>> resamples)
    {
        var means = Means(scores, resamples);
        var mean = Mean(means);
        return Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1));
    }

    /// <summary>Paired bootstrap test (Koehn 2004, in sacrebleu's form): absolute differences centred by their mean, add-one p value.</summary>
    public static PairedBootstrap Paired(IReadOnlyList<double> a, IReadOnlyList<double> b, IReadOnlyList<IReadOnlyList<int>> resamples)
    {
        if (a.Count != b.Count)
        {
            throw new ArgumentException("Both systems must be scored on the same items.", nameof(b));
        }

        var meansA = Means(a, resamples);
        var meansB = Means(b, resamples);
        var differences = meansA.Zip(meansB, (x, y) => y - x).ToArray();
        var centre = Mean([.. differences.Select(Math.Abs)]);
        var observed = Math.Abs(Mean([.. b]) - Mean([.. a]));
        var beyond = differences.Count(d => Math.Abs(d) - centre > observed);
        var sorted = differences.Order().ToArray();
        return new PairedBootstrap(
            (1.0 + beyond) / (resamples.Count + 1.0),
            (double)differences.Count(d => d > 0) / resamples.Count,
            new Interval(Quantile(sorted, 0.025), Quantile(sorted, 0.975)));
    }

    /// <summary>Quantile of sorted values by linear interpolation.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double q)
    {
        var place = q * (sorted.Count - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (place - below));
    }

    private static double[] Means(IReadOnlyList<double> scores, IReadOnlyList<IReadOnlyList<int>> resamples) =>
        [.. resamples.Select(row => Mean([.. row.Select(i => scores[i])]))];

    private static double Mean(double[] values) => Sum(values) / values.Length;

    /// <summary>
    /// Pairwise summation in numpy's order: it loses fewer digits, and means that are equal on paper come out equal or different just as they do there,
    /// which decides who wins a tie.
    /// </summary>
    private static double Sum(ReadOnlySpan<double> values)
    {
        const int block = 128;
        if (values.Length > block)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return Sum(values[..half]) + Sum(values[half..]);
        }

        var sum = 0.0;
        var done = 0;
        if (values.Length >= 8)
        {
            Span<double> part = stackalloc double[8];
            values[..8].CopyTo(part);
            for (done = 8; done + 8 <= values.Length; done += 8)
            {
                for (var i = 0; i < 8; i++)
                {
                    part[i] += values[done + i];
                }
            }

            sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
        }

        for (; done < values.Length; done++)
        {
            sum += values[done];
        }

        return sum;
    }
}
