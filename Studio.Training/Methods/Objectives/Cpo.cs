using Studio.Data.Recipes.Methods;
using Studio.Training.Native;
using static TorchSharp.torch.nn.functional;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Contrastive preference optimisation (Xu et al. 2024) with SimPO (Meng et al. 2024) and AlphaPO (Gupta et al. 2025): the margin of (mean) log-probabilities itself, no reference model,
/// plus <c>cpo_alpha</c> times the likelihood of the chosen answer.
/// </summary>
public static class Cpo
{
    /// <param name="policy">Completion tokens; chosen sequences first, then the rejected ones.</param>
    public static ObjectiveResult Compute(CompletionScores policy, CpoOptions options)
    {
        var pairs = policy.Sequences / 2;
        var plain = options.LossType is "ipo" or "simpo" ? policy.Means() : policy.Sums();
        var p = plain;
        if (options.Alpha != 0)
        {
            p = (Scalars.One - (p * Scalars.Of(-options.Alpha)).exp()) / Scalars.Of(options.Alpha);
        }

        var z = p.narrow(0, 0, pairs) - p.narrow(0, pairs, pairs);
        if (options.LossType == "simpo")
        {
            z = z - Scalars.Of(options.SimpoGamma / options.Beta);
        }

        var scaled = z * Scalars.Of(options.Beta);
        var e = options.LabelSmoothing;
        var losses = options.LossType switch
        {
            "sigmoid" or "simpo" => (logsigmoid(scaled) * Scalars.Of(e - 1)) - (logsigmoid(-scaled) * Scalars.Of(e)),
            "hinge" => relu(Scalars.One - scaled),
            "ipo" => (z - Scalars.Of(1 / (2 * options.Beta))).square(),
            var other => throw new ArgumentException($"There is no CPO loss \"{other}\"."),
        };
        var loss = losses.mean();
        var nll = -policy.Part(0, pairs).Tokens.mean();
        if (options.CpoAlpha != 0)
        {
            loss = loss + (nll * Scalars.Of(options.CpoAlpha));
        }

        var metrics = PairMetrics.Of((p * Scalars.Of(options.Beta)).detach(), plain.detach(), pairs);
        metrics["nll_loss"] = options.CpoAlpha != 0 ? nll.item<float>() : 0;
        return new ObjectiveResult(loss, metrics);
    }
}
