using Studio.Data.Recipes.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023) and its family, with the names of TRL. With d = log π(y|x) − log π_ref(y|x) for the chosen (d_c) and the rejected (d_r) answer,
/// the plain loss is −log σ(β (d_c − d_r)): the policy should prefer the chosen answer more than the reference does.
/// </summary>
public static class Dpo
{
    private const double ExponentLimit = 80;

    /// <param name="policy">Chosen sequences first, then as many rejected ones.</param>
    /// <param name="reference">The same tokens under the reference; null counts as zero (reference-free).</param>
    public static ObjectiveResult Compute(CompletionScores policy, CompletionScores? reference, DpoOptions options)
    {
        var pairs = policy.Sequences / 2;
        var weights = options.LdAlpha is { } alpha ? Desensitised(policy, pairs, alpha) : null;
        var own = policy.Sums(weights);
        var theirs = reference is null ? zeros_like(own) : reference.Sums(weights);
        var d = own - theirs;
        var (chosen, rejected) = (d.narrow(0, 0, pairs), d.narrow(0, pairs, pairs));
        var terms = new Terms(
            chosen,
            rejected,
            Score(chosen, options),
            Score(rejected, options),
            own.narrow(0, 0, pairs) - own.narrow(0, pairs, pairs),
            theirs.narrow(0, 0, pairs) - theirs.narrow(0, pairs, pairs),
            policy.Float(policy.Lengths.Take(pairs).Select(l => Math.Max(1, l))),
            policy.Float(policy.Lengths.Skip(pairs).Select(l => Math.Max(1, l))));
        var weighting = options.UseWeighting ? OnPolicyWeights(policy, pairs) : null;
        Tensor? loss = null;
        for (var i = 0; i < options.LossType.Count; i++)
        {
            var one = Loss(options.LossType[i], terms, policy, pairs, options);
            if (weighting is not null)
            {
                one = one * weighting;
            }

            var scale = options.LossWeights is { } given ? given[i] : 1;
            var part = one.mean() * Scalars.Of(scale);
            loss = loss is null ? part : loss + part;
        }

        var rewardChosen = (chosen * Scalars.Of(options.Beta)).detach();
        var rewardRejected = (rejected * Scalars.Of(options.Beta)).detach();
        return new ObjectiveResult(loss!, new Dictionary<string, double>
        {
            ["rewards/chosen"] = rewardChosen.mean().item<float>(),
            ["rewards/rejected"] = rewardRejected.mean().item<float>(),
            ["rewards/margins"] = (rewardChosen - rewardRejected).mean().item<float>(),
            ["rewards/accuracies"] = rewardChosen.gt(rewardRejected).to_type(ScalarType.Float32).mean().item<float>(),
            ["logps/chosen"] = own.narrow(0, 0, pairs).mean().item<float>(),
            ["logps/rejected"] = own.narrow(0, pairs, pairs).mean().item<float>(),
        });
    }

    /// <summary>(pairs), or a scalar for the loss that looks at tokens.</summary>
    private static Tensor Loss(string type, Terms t, CompletionScores policy, int pairs, DpoOptions o)
    {
        var b = Scalars.Of(o.Beta);
        var e = o.LabelSmoothing;
        var difference = t.ScoreChosen - t.ScoreRejected;
        var z = difference * b;
        return type switch
        {
            "sigmoid" => -logsigmoid(z),
            "hinge" => relu(Scalars.One - z),
            "ipo" => ((t.ScoreChosen / t.ChosenLength) - (t.ScoreRejected / t.RejectedLength) - Scalars.Of(1 / (2 * o.Beta))).square(),
            "sigmoid_norm" => -logsigmoid(((t.ScoreChosen / t.ChosenLength) - (t.ScoreRejected / t.RejectedLength)) * b),
            "exo_pair" => Exo(z, e),
            "robust" => ((logsigmoid(z) * Scalars.Of(e - 1)) + (logsigmoid(-z) * Scalars.Of(e))) / Scalars.Of(1 - (2 * e)),
            "nca_pair" => -logsigmoid(t.Chosen * b) - (logsigmoid(-t.Chosen * b) * Scalars.Of(0.5)) - (logsigmoid(-t.Rejected * b) * Scalars.Of(0.5)),
            "bco_pair" => -logsigmoid(t.Chosen * b) - logsigmoid(-t.Rejected * b),
            "sppo_hard" => (t.Chosen - Scalars.Of(0.5 / o.Beta)).square() + (t.Rejected + Scalars.Of(0.5 / o.Beta)).square(),
            "apo_zero" => Scalars.One - (t.Chosen * b).sigmoid() + (t.Rejected * b).sigmoid(),
            "apo_down" => (t.Chosen * b).sigmoid() + Scalars.One - ((t.Chosen - t.Rejected) * b).sigmoid(),
            "aot" => Smoothed((t.PolicyMargin.sort(-1).Values - t.ReferenceMargin.sort(-1).Values) * b, e),
            "aot_unpaired" => Smoothed((t.Chosen.sort(-1).Values - t.Rejected.sort(-1).Values) * b, e),
            "discopop" => Discopop(z, o.DiscopopTau),
            "sft" => -policy.Part(0, pairs).Tokens.mean(),
            _ => throw new ArgumentException($"There is no DPO loss \"{type}\"."),
        };
    }

    private static Tensor Smoothed(Tensor z, double e) => (logsigmoid(z) * Scalars.Of(e - 1)) - (logsigmoid(-z) * Scalars.Of(e));

    private static Tensor Exo(Tensor z, double e) =>
        (z.sigmoid() * (logsigmoid(z) - Scalars.Of(Math.Log(1 - e)))) + ((-z).sigmoid() * (logsigmoid(-z) - Scalars.Of(Math.Log(e))));

    private static Tensor Discopop(Tensor z, double tau)
    {
        var k = (z / Scalars.Of(tau)).sigmoid();
        return (-logsigmoid(z) * (Scalars.One - k)) + ((-z).exp() * k);
    }

    private static Tensor Score(Tensor d, DpoOptions o) => o.FDivergenceType switch
    {
        "forward_kl" => Scalars.One - (-d).exp(),
        "js_divergence" => logsigmoid(d) + Scalars.Of(Math.Log(2)),
        "alpha_divergence" => ((d * Scalars.Of(o.FAlphaDivergenceCoef - 1)).clamp(max: Scalars.Of(ExponentLimit)).exp() - Scalars.One) / Scalars.Of(o.FAlphaDivergenceCoef - 1),
        _ => d,
    };

    /// <summary>Length desensitising (Liu et al. 2024): tokens beyond the length both answers share count by alpha.</summary>
    private static Tensor Desensitised(CompletionScores policy, int pairs, double alpha)
    {
        var weights = new float[policy.Counts.Sum()];
        var at = 0;
        for (var i = 0; i < policy.Sequences; i++)
        {
            var shared = Math.Min(policy.Counts[i % pairs], policy.Counts[(i % pairs) + pairs]);
            for (var t = 0; t < policy.Counts[i]; t++)
            {
                weights[at++] = t < shared ? 1 : (float)alpha;
            }
        }

        return tensor(weights, device: policy.Tokens.device);
    }

    /// <summary>WPO (Zhou et al. 2024): pairs count by how likely their answers are under the policy, without a gradient through the weight.</summary>
    private static Tensor OnPolicyWeights(CompletionScores policy, int pairs)
    {
        using var quiet = no_grad();
        var squares = policy.LogSquares ?? throw new InvalidOperationException("use_weighting needs the squared probabilities.");
        var mean = policy.Gather(policy.Tokens.detach() - squares) / policy.Float(policy.Counts.Select(c => Math.Max(1, c)));
        var weight = mean.exp();
        return weight.narrow(0, 0, pairs) * weight.narrow(0, pairs, pairs);
    }

    private sealed record Terms(Tensor Chosen, Tensor Rejected, Tensor ScoreChosen, Tensor ScoreRejected, Tensor PolicyMargin, Tensor ReferenceMargin, Tensor ChosenLength, Tensor RejectedLength);
}
