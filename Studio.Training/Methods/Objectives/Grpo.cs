using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Group relative policy optimisation (Shao et al. 2024) and its family: BNPO, Dr. GRPO (Liu et al. 2025), DAPO (Yu et al. 2025), LUSPO, CISPO (MiniMax 2025), SAPO, VESPO, and GSPO (Zheng et al. 2025)
/// by ratios of whole sequences. Tokens of answers better than their group are made likelier, those of worse ones less likely, and the ratio of new to sampling probability is kept near 1.
/// </summary>
public static class Grpo
{
    private const double LogRatioLimit = 20;
    private const double SmallestRatio = 1e-8;

    /// <param name="policy">Scored completion tokens, log-probabilities at the sampling temperature. A sequence without scored tokens (cut off and masked) still counts as one.</param>
    /// <param name="entropies">(positions) entropy of the next-token distribution; with a gradient where the bonus is used.</param>
    /// <param name="advantages">(sequences) fp32.</param>
    /// <param name="old">(positions) log-probabilities when sampled; null on policy.</param>
    /// <param name="reference">(positions) log-probabilities of the reference; needed where beta is not 0.</param>
    /// <param name="itemsInBatch">Scored tokens of the whole generation batch, for dapo, cispo and vespo; null counts those given here as one of its parts.</param>
    public static ObjectiveResult Compute(CompletionScores policy, Tensor entropies, Tensor advantages, Tensor? old, Tensor? reference, GrpoObjectiveOptions options, double? itemsInBatch = null)
    {
        var lp = policy.Tokens;
        var a = advantages.index_select(0, policy.Sequence);
        var logRatio = lp - (old ?? lp.detach());
        var bySequence = options.ImportanceSamplingLevel switch
        {
            "token" => false,
            "sequence" => true,
            var other => throw new ArgumentException($"There is no importance sampling level \"{other}\"."),
        };
        var ratio = (bySequence ? (policy.Gather(logRatio) / Lengths(policy)).index_select(0, policy.Sequence) : logRatio).exp();
        Dictionary<string, double> metrics = new() { ["entropy"] = Mean(policy, entropies) };
        var loss = PolicyLoss(policy, a, advantages, logRatio, ratio, options, metrics);
        if (options.OffPolicyMaskThreshold is { } threshold)
        {
            loss = loss * OnPolicyMask(policy, logRatio, advantages, threshold);
        }

        if (options.TopEntropyQuantile < 1)
        {
            loss = loss * EntropyMask(entropies, options.TopEntropyQuantile);
        }

        if (options.Beta != 0)
        {
            var apart = (reference ?? throw new ArgumentException("A beta other than 0 needs the reference's log-probabilities.")) - lp;
            var kl = apart.exp() - apart - Scalars.One;
            if (options.UseBiasCorrectionKl)
            {
                kl = kl * ratio;
            }

            loss = loss + (kl * Scalars.Of(options.Beta));
            metrics["kl"] = Mean(policy, kl);
        }

        if (options.LossType is "grpo" or "bnpo" or "dr_grpo" or "dapo" or "luspo")
        {
            Clipping(policy, ratio, a, options, bySequence, metrics);
        }

        var total = Reduce(policy, loss, options, itemsInBatch);
        if (options.EntropyCoef != 0)
        {
            metrics["policy_loss"] = total.item<float>();
            metrics["entropy_coef"] = options.EntropyCoef;
            total = total - (entropies.sum() * Scalars.Of(options.EntropyCoef / Tokens(policy) / options.GradientAccumulationSteps));
        }

        return new ObjectiveResult(total, metrics);
    }

    /// <summary>(positions): the loss before masks and divergence.</summary>
    private static Tensor PolicyLoss(CompletionScores policy, Tensor a, Tensor advantages, Tensor logRatio, Tensor ratio, GrpoObjectiveOptions o, Dictionary<string, double> metrics)
    {
        var high = o.EpsilonHigh ?? o.Epsilon;
        switch (o.LossType)
        {
            case "grpo" or "bnpo" or "dr_grpo" or "dapo" or "luspo":
                var free = o.Delta is { } cap ? ratio.clamp(max: Scalars.Of(cap)) : ratio;
                return -minimum(free * a, ratio.clamp(Scalars.Of(1 - o.Epsilon), Scalars.Of(1 + high)) * a);
            case "cispo":
                metrics["cispo_clip_ratio"] = Mean(policy, ratio.gt(Scalars.Of(high)).logical_and(a.gt(Scalars.Zero)).to_type(ScalarType.Float32));
                return -(ratio.clamp(max: Scalars.Of(high)).detach() * a * policy.Tokens);
            case "sapo":
                var t = Choose(a.gt(Scalars.Zero), o.SapoTemperaturePos, o.SapoTemperatureNeg);
                return -((t * (ratio - Scalars.One)).sigmoid() * a / t * Scalars.Of(4.0));
            case "vespo":
                var phi = SequenceWeights(policy, advantages, logRatio.detach(), o);
                metrics["vespo/phi_seq_mean"] = phi.mean().item<float>();
                return -(phi.index_select(0, policy.Sequence) * a * policy.Tokens);
            default:
                throw new ArgumentException($"There is no GRPO loss \"{o.LossType}\".");
        }
    }

    /// <summary>(sequences): the smooth weight of VESPO, w^k exp(λ (1 − w)) of the sequence ratio w, without a gradient.</summary>
    private static Tensor SequenceWeights(CompletionScores policy, Tensor advantages, Tensor logRatio, GrpoObjectiveOptions o)
    {
        var limited = policy.Gather(logRatio.clamp(Scalars.Of(-LogRatioLimit), Scalars.Of(LogRatioLimit)));
        var w = limited.clamp(Scalars.Of(Math.Log(SmallestRatio)), Scalars.Of(LogRatioLimit));
        var wanted = advantages.ge(Scalars.Zero);
        var k = Choose(wanted, o.VespoKPos, o.VespoKNeg);
        var lambda = Choose(wanted, o.VespoLambdaPos, o.VespoLambdaNeg);
        return (lambda + (k * w) - (lambda * w.exp())).exp();
    }

    /// <summary>(positions): 0 where an unwanted answer is too far from the policy that sampled it.</summary>
    private static Tensor OnPolicyMask(CompletionScores policy, Tensor logRatio, Tensor advantages, double threshold)
    {
        var drift = policy.Gather(-logRatio.detach()) / Lengths(policy);
        var keep = advantages.ge(Scalars.Zero).logical_or(drift.le(Scalars.Of(threshold)));
        return keep.to_type(ScalarType.Float32).index_select(0, policy.Sequence);
    }

    /// <summary>(positions): 1 at the share of tokens with the highest entropy (Wang et al. 2025), the quantile interpolated between neighbours.</summary>
    private static Tensor EntropyMask(Tensor entropies, double share)
    {
        var sorted = entropies.detach().cpu().data<float>().ToArray();
        if (sorted.Length == 0)
        {
            return zeros_like(entropies);
        }

        Array.Sort(sorted);
        var rank = (1 - share) * (sorted.Length - 1);
        var below = (int)Math.Floor(rank);
        var above = Math.Min(below + 1, sorted.Length - 1);
        var edge = sorted[below] + ((float)(rank - below) * (sorted[above] - sorted[below]));
        return entropies.detach().ge(Scalars.Of(edge)).to_type(ScalarType.Float32);
    }

    private static Tensor Reduce(CompletionScores policy, Tensor loss, GrpoObjectiveOptions o, double? itemsInBatch)
    {
        double g = o.GradientAccumulationSteps;
        return o.LossType switch
        {
            "grpo" or "sapo" => (policy.Gather(loss) / Lengths(policy)).mean() / Scalars.Of(g),
            "bnpo" => loss.sum() / Scalars.Of(Tokens(policy) * g),
            "dr_grpo" => loss.sum() / Scalars.Of((double)policy.Sequences * o.MaxCompletionLength * g),
            "luspo" => loss.sum() / Scalars.Of(policy.Sequences * g),
            _ => loss.sum() / Scalars.Of(Math.Max(1, itemsInBatch ?? ((double)Tokens(policy) * o.StepsPerGeneration)) * g / o.StepsPerGeneration),
        };
    }

    private static void Clipping(CompletionScores policy, Tensor ratio, Tensor a, GrpoObjectiveOptions o, bool bySequence, Dictionary<string, double> metrics)
    {
        var low = ratio.lt(Scalars.Of(1 - o.Epsilon)).logical_and(a.lt(Scalars.Zero)).to_type(ScalarType.Float32);
        var high = ratio.gt(Scalars.Of(1 + (o.EpsilonHigh ?? o.Epsilon))).logical_and(a.gt(Scalars.Zero)).to_type(ScalarType.Float32);
        var (lows, highs) = (policy.Gather(low) / Lengths(policy), policy.Gather(high) / Lengths(policy));
        metrics["clip_ratio/low_mean"] = bySequence ? lows.mean().item<float>() : Mean(policy, low);
        metrics["clip_ratio/high_mean"] = bySequence ? highs.mean().item<float>() : Mean(policy, high);
        metrics["clip_ratio/region_mean"] = metrics["clip_ratio/low_mean"] + metrics["clip_ratio/high_mean"];
        metrics["clip_ratio/low_min"] = lows.min().item<float>();
        metrics["clip_ratio/high_max"] = highs.max().item<float>();
    }

    private static Tensor Choose(Tensor condition, double yes, double no)
    {
        var first = condition.to_type(ScalarType.Float32);
        return (first * Scalars.Of(yes)) + ((Scalars.One - first) * Scalars.Of(no));
    }

    private static double Mean(CompletionScores policy, Tensor values) => values.detach().sum().item<float>() / (double)Tokens(policy);

    private static int Tokens(CompletionScores policy) => Math.Max(1, policy.Counts.Sum());

    private static Tensor Lengths(CompletionScores policy) => policy.Float(policy.Counts.Select(c => Math.Max(1, c)));
}
