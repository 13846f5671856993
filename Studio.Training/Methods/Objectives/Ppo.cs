using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>What shapes rewards and loss of PPO; names as in TRL's PPOConfig.</summary>
public sealed record PpoObjectiveOptions
{
    public double KlCoef { get; init; } = 0.05;

    /// <summary>k1 (the plain log ratio) or k3 (lower variance, never negative).</summary>
    public string KlEstimator { get; init; } = "k1";

    /// <summary>Taken off the score of an answer without an end of text; null for none.</summary>
    public double? MissingEosPenalty { get; init; }

    public bool WhitenRewards { get; init; }

    public double Gamma { get; init; } = 1;

    public double Lam { get; init; } = 0.95;

    public double Cliprange { get; init; } = 0.2;

    public double CliprangeValue { get; init; } = 0.2;

    public double VfCoef { get; init; } = 0.1;
}

/// <summary>Answers as PPO trains on them; all (answers, width) fp32, masks bool.</summary>
/// <param name="PaddingMask">True past the last token of an answer.</param>
/// <param name="ValuePaddingMask">True past the position after the last token, the last one with a value.</param>
public sealed record PpoExperience(
    Tensor LogProbabilities,
    Tensor Values,
    Tensor Kl,
    Tensor Rewards,
    Tensor Returns,
    Tensor Advantages,
    Tensor PaddingMask,
    Tensor ValuePaddingMask);

/// <summary>
/// Proximal policy optimisation (Schulman et al. 2017) for language models (Ziegler et al. 2019; Ouyang et al. 2022): the score of the answer arrives at its end, a divergence from the reference is
/// paid at every token, advantages come from generalised advantage estimation (Schulman et al. 2016), and both the policy's ratio and the value's change are clipped.
/// </summary>
public static class Ppo
{
    private const double PaddedLogProbability = 1;
    private const double Tiny = 1e-8;

    /// <summary>Rewards per token, returns and whitened advantages of sampled answers; no gradient.</summary>
    /// <param name="responses">(answers, width) int64, filled up with <paramref name="padId"/>.</param>
    /// <param name="logProbabilities">(answers, width) when sampled.</param>
    /// <param name="reference">(answers, width) under the reference.</param>
    /// <param name="values">(answers, width) of the value model when sampled.</param>
    /// <param name="scores">(answers) of the reward model.</param>
    public static PpoExperience Experience(Tensor responses, Tensor logProbabilities, Tensor reference, Tensor values, Tensor scores, long padId, long eosId, PpoObjectiveOptions options)
    {
        using var quiet = no_grad();
        var width = responses.shape[1];
        if (options.MissingEosPenalty is { } penalty)
        {
            var ended = responses.eq(Scalars.Of(eosId)).any(1, false).to_type(ScalarType.Float32);
            scores = scores - ((Scalars.One - ended) * Scalars.Of(penalty));
        }

        var lengths = responses.eq(Scalars.Of(padId)).to_type(ScalarType.Int64).cumsum(1).eq(Scalars.Of(0L)).to_type(ScalarType.Int64).sum(1).unsqueeze(1);
        var positions = tensor(Enumerable.Range(0, (int)width).Select(i => (long)i).ToArray(), device: responses.device).unsqueeze(0);
        var padding = positions.ge(lengths);
        var valuePadding = positions.gt(lengths);
        var own = logProbabilities.masked_fill(padding, Scalars.Of(PaddedLogProbability));
        var theirs = reference.masked_fill(padding, Scalars.Of(PaddedLogProbability));
        var worth = values.masked_fill(valuePadding, Scalars.Zero);
        var apart = theirs - own;
        var kl = options.KlEstimator switch
        {
            "k1" => -apart,
            "k3" => apart.exp() - Scalars.One - apart,
            var other => throw new ArgumentException($"There is no KL estimator \"{other}\"."),
        };
        var end = lengths.clamp(max: Scalars.Of(width - 1));
        var rewards = (kl * Scalars.Of(-options.KlCoef)).scatter_add(1, end, scores.unsqueeze(1));
        if (options.WhitenRewards)
        {
            rewards = Whiten(rewards, valuePadding.logical_not(), keepMean: true).masked_fill(valuePadding, Scalars.Zero);
        }

        var raw = Estimate(rewards, worth, options.Gamma, options.Lam);
        var advantages = Whiten(raw, padding.logical_not(), keepMean: false).masked_fill(padding, Scalars.Zero);
        return new PpoExperience(own, worth, kl, rewards, raw + worth, advantages, padding, valuePadding);
    }

    /// <summary>The clipped policy loss and vf_coef times the clipped value loss.</summary>
    /// <param name="logProbabilities">(answers, width) of the policy now, with a gradient, at the sampling temperature.</param>
    /// <param name="values">(answers, width) of the value model now, with a gradient.</param>
    /// <param name="entropies">(answers, width) for the chart; null leaves it out.</param>
    public static ObjectiveResult Compute(Tensor logProbabilities, Tensor values, Tensor? entropies, PpoExperience experience, PpoObjectiveOptions options)
    {
        var e = experience;
        var (tokens, states) = (e.PaddingMask.logical_not().to_type(ScalarType.Float32), e.ValuePaddingMask.logical_not().to_type(ScalarType.Float32));
        var now = logProbabilities.masked_fill(e.PaddingMask, Scalars.Of(PaddedLogProbability));
        var worth = values.masked_fill(e.ValuePaddingMask, Scalars.Zero);
        var reach = Scalars.Of(options.CliprangeValue);
        var held = maximum(minimum(worth, e.Values + reach), e.Values - reach);
        var (free, bound) = ((worth - e.Returns).square(), (held - e.Returns).square());
        var valueLoss = Mean(maximum(free, bound), states) * Scalars.Of(0.5);
        var apart = now - e.LogProbabilities;
        var ratio = apart.exp();
        var (plain, clipped) = (-(e.Advantages * ratio), -(e.Advantages * ratio.clamp(Scalars.Of(1 - options.Cliprange), Scalars.Of(1 + options.Cliprange))));
        var policyLoss = Mean(maximum(plain, clipped), tokens);
        Dictionary<string, double> metrics = new()
        {
            ["pg_loss"] = policyLoss.item<float>(),
            ["vf_loss"] = valueLoss.item<float>(),
            ["pg_clipfrac"] = Mean(clipped.gt(plain).to_type(ScalarType.Float32), tokens).item<float>(),
            ["vf_clipfrac"] = Mean(bound.gt(free).to_type(ScalarType.Float32), states).item<float>(),
            ["approxkl"] = apart.detach().square().mean().item<float>() * 0.5,
            ["ratio_mean"] = ratio.detach().mean().item<float>(),
        };
        if (entropies is not null)
        {
            metrics["entropy_mean"] = entropies.detach().mean().item<float>();
        }

        return new ObjectiveResult(policyLoss + (valueLoss * Scalars.Of(options.VfCoef)), metrics);
    }

    /// <summary>Generalised advantage estimation over the whole width; nothing is worth anything after it.</summary>
    private static Tensor Estimate(Tensor rewards, Tensor values, double gamma, double lam)
    {
        var width = rewards.shape[1];
        var advantages = new Tensor[width];
        var ahead = zeros_like(rewards.select(1, 0));
        var next = ahead;
        for (var t = width - 1; t >= 0; t--)
        {
            var worth = values.select(1, t);
            ahead = rewards.select(1, t) + (next * Scalars.Of(gamma)) - worth + (ahead * Scalars.Of(gamma * lam));
            advantages[t] = ahead;
            next = worth;
        }

        return stack(advantages, 1);
    }

    private static Tensor Whiten(Tensor values, Tensor mask, bool keepMean)
    {
        var weights = mask.to_type(ScalarType.Float32);
        var mean = Mean(values, weights);
        var centred = values - mean;
        var count = weights.sum();
        var variance = (centred.square() * weights).sum() / (count - Scalars.One).clamp(min: Scalars.One);
        var white = centred * (variance + Scalars.Of(Tiny)).rsqrt();
        return keepMean ? white + mean : white;
    }

    private static Tensor Mean(Tensor values, Tensor weights) => (values * weights).sum() / weights.sum().clamp(min: Scalars.One);
}
