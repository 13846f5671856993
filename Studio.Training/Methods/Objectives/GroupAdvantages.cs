namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Advantages of GRPO (Shao et al. 2024): the reward of an answer less the mean of the answers to the same prompt, divided by a standard deviation or not (Liu et al. 2025).
/// A reward that is NaN was not given; an answer no function scored is left out of every statistic and gets the advantage 0.
/// </summary>
public static class GroupAdvantages
{
    private const double Tiny = 1e-4;

    /// <param name="rewards">Per answer the rewards of all functions; the answers of one prompt stand together.</param>
    /// <param name="weights">Weight of each function.</param>
    /// <param name="numGenerations">Answers per prompt.</param>
    /// <param name="scaleRewards">group, batch or none.</param>
    /// <param name="multiObjectiveAggregation">sum_then_normalize, or normalize_then_sum: every function standardised in its group first, their sum over the batch.</param>
    /// <returns>One advantage per answer.</returns>
    public static double[] Compute(
        IReadOnlyList<IReadOnlyList<double>> rewards,
        IReadOnlyList<double> weights,
        int numGenerations,
        string scaleRewards = "group",
        string multiObjectiveAggregation = "sum_then_normalize")
    {
        if (numGenerations < 1 || rewards.Count % numGenerations != 0)
        {
            throw new ArgumentException($"{rewards.Count} answers are not groups of {numGenerations}.");
        }

        if (multiObjectiveAggregation == "normalize_then_sum")
        {
            return NormalizeThenSum(rewards, weights, numGenerations);
        }

        if (multiObjectiveAggregation != "sum_then_normalize")
        {
            throw new ArgumentException($"There is no aggregation \"{multiObjectiveAggregation}\".");
        }

        var sums = WeightedSums(rewards, weights);
        var whole = Deviation(sums);
        return Known(PerGroup(sums, numGenerations, group =>
        {
            var divisor = scaleRewards switch
            {
                "group" => Deviation(group) + Tiny,
                "batch" => whole + Tiny,
                "none" => 1,
                _ => throw new ArgumentException($"There is no reward scaling \"{scaleRewards}\"."),
            };
            var mean = Mean(group);
            return group.Select(r => (r - mean) / divisor);
        }));
    }

    /// <summary>Weighted sum of the rewards given; NaN where no function gave one.</summary>
    internal static double[] WeightedSums(IReadOnlyList<IReadOnlyList<double>> rewards, IReadOnlyList<double> weights) =>
        [.. rewards.Select(row => row.All(double.IsNaN) ? double.NaN : row.Select((r, f) => double.IsNaN(r) ? 0 : r * weights[f]).Sum())];

    /// <summary>Mean of the numbers that are there.</summary>
    internal static double Mean(IReadOnlyList<double> values) => values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Unbiased standard deviation of the numbers that are there; 0 below two.</summary>
    internal static double Deviation(IReadOnlyList<double> values)
    {
        var known = values.Where(v => !double.IsNaN(v)).ToArray();
        if (known.Length < 2)
        {
            return 0;
        }

        var mean = known.Average();
        return Math.Sqrt(known.Sum(v => (v - mean) * (v - mean)) / (known.Length - 1));
    }

    /// <summary>(value − mean) / (deviation + 1e-4).</summary>
    internal static IEnumerable<double> Standardised(IReadOnlyList<double> values)
    {
        var (mean, deviation) = (Mean(values), Deviation(values));
        return values.Select(v => (v - mean) / (deviation + Tiny));
    }

    internal static double[] PerGroup(double[] values, int size, Func<double[], IEnumerable<double>> of) => [.. values.Chunk(size).SelectMany(of)];

    /// <summary>0 for what is not there.</summary>
    internal static double[] Known(IEnumerable<double> values) => [.. values.Select(v => double.IsNaN(v) ? 0 : v)];

    private static double[] NormalizeThenSum(IReadOnlyList<IReadOnlyList<double>> rewards, IReadOnlyList<double> weights, int numGenerations)
    {
        var columns = weights.Select((_, f) => PerGroup([.. rewards.Select(row => row[f])], numGenerations, Standardised)).ToArray();
        var rows = rewards.Select((_, i) => (IReadOnlyList<double>)[.. columns.Select(c => c[i])]).ToArray();
        return Known(Standardised(WeightedSums(rows, weights)));
    }
}
