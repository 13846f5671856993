using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>What shapes loss and advantages of RLOO; names as in TRL's RLOOConfig.</summary>
public sealed record RlooObjectiveOptions
{
    public double Epsilon { get; init; } = 0.2;

    /// <summary>How far the ratio may rise above 1; epsilon where null.</summary>
    public double? EpsilonHigh { get; init; }

    /// <summary>Weight of the divergence from the reference, taken off the reward.</summary>
    public double Beta { get; init; } = 0.05;

    /// <summary>Lowest and highest reward; null for no limits.</summary>
    public IReadOnlyList<double>? RewardClipRange { get; init; }

    /// <summary>Standardises the advantages over the batch.</summary>
    public bool NormalizeAdvantages { get; init; }
}

/// <summary>
/// REINFORCE leave-one-out (Ahmadian et al. 2024): the baseline of an answer is the mean reward of the other answers to its prompt, the whole answer is one action,
/// and the ratio of its new to its sampling probability is clipped as in PPO.
/// </summary>
public static class Rloo
{
    /// <param name="policy">Scored completion tokens.</param>
    /// <param name="entropies">(positions) for the chart.</param>
    /// <param name="old">(sequences) log-probability of each answer when sampled.</param>
    /// <param name="advantages">(sequences) fp32.</param>
    public static ObjectiveResult Compute(CompletionScores policy, Tensor entropies, Tensor old, Tensor advantages, RlooObjectiveOptions options)
    {
        var high = options.EpsilonHigh ?? options.Epsilon;
        var ratio = (policy.Sums() - old).exp();
        var loss = -minimum(ratio * advantages, ratio.clamp(Scalars.Of(1 - options.Epsilon), Scalars.Of(1 + high)) * advantages).mean();
        var lows = ratio.lt(Scalars.Of(1 - options.Epsilon)).logical_and(advantages.lt(Scalars.Zero)).to_type(ScalarType.Float32);
        var highs = ratio.gt(Scalars.Of(1 + high)).logical_and(advantages.gt(Scalars.Zero)).to_type(ScalarType.Float32);
        var (low, above) = (lows.mean().item<float>(), highs.mean().item<float>());
        return new ObjectiveResult(loss, new Dictionary<string, double>
        {
            ["entropy"] = entropies.detach().sum().item<float>() / Math.Max(1, policy.Counts.Sum()),
            ["clip_ratio/low_mean"] = low,
            ["clip_ratio/low_min"] = lows.min().item<float>(),
            ["clip_ratio/high_mean"] = above,
            ["clip_ratio/high_max"] = highs.max().item<float>(),
            ["clip_ratio/region_mean"] = low + above,
        });
    }

    /// <summary>Advantages of answers; 0 for an answer that no function scored, or that is the only scored one of its group.</summary>
    /// <param name="rewards">Per answer the rewards of all functions, NaN where one gave none; the answers of one prompt stand together.</param>
    /// <param name="weights">Weight of each function.</param>
    /// <param name="divergences">Per answer Σ (log π_old − log π_ref); null counts as zero.</param>
    public static double[] Advantages(IReadOnlyList<IReadOnlyList<double>> rewards, IReadOnlyList<double> weights, IReadOnlyList<double>? divergences, int numGenerations, RlooObjectiveOptions options)
    {
        if (numGenerations < 1 || rewards.Count % numGenerations != 0)
        {
            throw new ArgumentException($"{rewards.Count} answers are not groups of {numGenerations}.");
        }

        var sums = GroupAdvantages.WeightedSums(rewards, weights);
        if (options.RewardClipRange is { Count: 2 } range)
        {
            sums = [.. sums.Select(r => Math.Clamp(r, range[0], range[1]))];
        }

        if (divergences is not null)
        {
            sums = [.. sums.Select((r, i) => r - (options.Beta * divergences[i]))];
        }

        var advantages = GroupAdvantages.PerGroup(sums, numGenerations, group =>
        {
            var known = group.Where(r => !double.IsNaN(r)).ToArray();
            return group.Select(r => known.Length < 2 ? double.NaN : r - ((known.Sum() - r) / (known.Length - 1)));
        });
        return GroupAdvantages.Known(options.NormalizeAdvantages ? GroupAdvantages.Standardised(advantages) : advantages);
    }
}
