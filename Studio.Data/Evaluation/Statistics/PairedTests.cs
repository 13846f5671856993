namespace Studio.Data.Evaluation.Statistics;

public readonly record struct TestResult(double Statistic, double PValue);

/// <param name="Wins">Items on which the second system is better.</param>
public readonly record struct SignTestResult(int Wins, int Losses, double PValue);

/// <summary>Two-sided tests whether two systems, scored on the same items, differ.</summary>
public static class PairedTests
{
    /// <summary>McNemar's test (1947), exact: b items only the first got right, c only the second.</summary>
    public static TestResult McNemarExact(int b, int c) =>
        new(Math.Min(b, c), b + c == 0 ? 1 : Math.Min(1, 2 * Distributions.FairCoin(Math.Min(b, c), b + c)));

    /// <summary>McNemar's test by chi-squared with one degree of freedom.</summary>
    public static TestResult McNemarChiSquared(int b, int c, bool continuityCorrection)
    {
        if (b + c == 0)
        {
            return new TestResult(0, 1);
        }

        double excess = Math.Abs(b - c) - (continuityCorrection ? 1 : 0);
        var statistic = excess * excess / (b + c);
        return new TestResult(statistic, Distributions.ChiSquaredTail(statistic, 1));
    }

    /// <summary>McNemar's exact test from per-item outcomes.</summary>
    public static TestResult McNemar(IReadOnlyList<bool> a, IReadOnlyList<bool> b) =>
        McNemarExact(a.Zip(b).Count(p => p.First && !p.Second), a.Zip(b).Count(p => !p.First && p.Second));

    /// <summary>Student's paired t test of b − a.</summary>
    public static TestResult StudentT(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var differences = a.Zip(b, (x, y) => y - x).ToArray();
        var n = differences.Length;
        var mean = differences.Average();
        var deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (n - 1));
        if (deviation == 0)
        {
            return mean == 0 ? new TestResult(0, 1) : new TestResult(mean > 0 ? double.PositiveInfinity : double.NegativeInfinity, 0);
        }

        var t = mean / (deviation / Math.Sqrt(n));
        return new TestResult(t, Distributions.StudentTwoSided(t, n - 1));
    }

    /// <summary>Wilcoxon's signed-rank test (1945): equal pairs dropped, ties share ranks, normal approximation without correction.</summary>
    public static TestResult Wilcoxon(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var differences = a.Zip(b, (x, y) => y - x).Where(d => d != 0).OrderBy(Math.Abs).ToArray();
        var n = differences.Length;
        if (n == 0)
        {
            return new TestResult(0, 1);
        }

        double positive = 0, negative = 0, ties = 0;
        for (var i = 0; i < n;)
        {
            var j = i;
            while (j < n && Math.Abs(differences[j]) == Math.Abs(differences[i]))
            {
                j++;
            }

            double count = j - i, rank = (i + 1 + j) / 2.0;
            ties += (count * count * count) - count;
            for (; i < j; i++)
            {
                (positive, negative) = differences[i] > 0 ? (positive + rank, negative) : (positive, negative + rank);
            }
        }

        var statistic = Math.Min(positive, negative);
        var mean = n * (n + 1.0) / 4;
        var variance = ((n * (n + 1.0) * ((2 * n) + 1)) - (ties / 2)) / 24;
        return new TestResult(statistic, variance == 0 ? 1 : Distributions.NormalTwoSided((statistic - mean) / Math.Sqrt(variance)));
    }

    /// <summary>Sign test: how often the second system is better, equal pairs left out.</summary>
    public static SignTestResult Sign(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var wins = a.Zip(b).Count(p => p.Second > p.First);
        var losses = a.Zip(b).Count(p => p.Second < p.First);
        return new SignTestResult(wins, losses, McNemarExact(wins, losses).PValue);
    }
}
