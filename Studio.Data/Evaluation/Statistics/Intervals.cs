namespace Studio.Data.Evaluation.Statistics;

/// <summary>Two numbers between which the true value lies with the stated confidence.</summary>
public readonly record struct Interval(double Low, double High)
{
    public bool Contains(double value) => Low <= value && value <= High;
}

/// <summary>Intervals of a share: so many successes in so many trials.</summary>
public static class Intervals
{
    /// <summary>Wilson's score interval (1927): good at small n and near 0 and 1; what scorecards show.</summary>
    public static Interval Wilson(int successes, int trials, double confidence = 0.95)
    {
        if (trials == 0)
        {
            return new Interval(0, 1);
        }

        double n = trials, p = successes / n, z = Z(confidence);
        var centre = (p + (z * z / (2 * n))) / (1 + (z * z / n));
        var half = z / (1 + (z * z / n)) * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
        return new Interval(successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half);
    }

    /// <summary>Wilson's interval with continuity correction (Newcombe 1998).</summary>
    public static Interval WilsonContinuity(int successes, int trials, double confidence = 0.95)
    {
        if (trials == 0)
        {
            return new Interval(0, 1);
        }

        double n = trials, p = successes / n, q = 1 - p, z = Z(confidence);
        var denominator = 2 * (n + (z * z));
        var low = successes == 0 ? 0 : ((2 * n * p) + (z * z) - 1 - (z * Math.Sqrt((z * z) - 2 - (1 / n) + (4 * p * ((n * q) + 1))))) / denominator;
        var high = successes == trials ? 1 : ((2 * n * p) + (z * z) + 1 + (z * Math.Sqrt((z * z) + 2 - (1 / n) + (4 * p * ((n * q) - 1))))) / denominator;
        return new Interval(low, high);
    }

    /// <summary>Clopper and Pearson's exact interval (1934): never covers less than it says.</summary>
    public static Interval ClopperPearson(int successes, int trials, double confidence = 0.95)
    {
        var alpha = (1 - confidence) / 2;
        return new Interval(
            successes == 0 ? 0 : Distributions.BetaQuantile(alpha, successes, trials - successes + 1),
            successes == trials ? 1 : Distributions.BetaQuantile(1 - alpha, successes + 1, trials - successes));
    }

    /// <summary>p ± z·√(p(1−p)/n), not clipped; too narrow at small n.</summary>
    public static Interval Normal(int successes, int trials, double confidence = 0.95)
    {
        var p = (double)successes / trials;
        var half = Z(confidence) * Math.Sqrt(p * (1 - p) / trials);
        return new Interval(p - half, p + half);
    }

    private static double Z(double confidence) => Distributions.NormalQuantile(0.5 + (confidence / 2));
}
