using Studio.Data.Recipes.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Kahneman-Tversky optimisation (Ethayarajh et al. 2024): answers judged one by one. With d = log π − log π_ref and a zero point z (the divergence seen on mismatched answers),
/// a wanted answer costs λ_D (1 − σ(β (d − z))), an unwanted one λ_U (1 − σ(β (z − d))).
/// </summary>
public static class Kto
{
    /// <param name="wanted">Per sequence: is the answer wanted?</param>
    /// <param name="mismatched">d of the answers put to other prompts, for the zero point; null for the losses without one.</param>
    public static ObjectiveResult Compute(CompletionScores policy, CompletionScores reference, IReadOnlyList<bool> wanted, Tensor? mismatched, KtoOptions options)
    {
        var own = policy.Sums();
        var d = own - reference.Sums();
        var b = Scalars.Of(options.Beta);
        var kl = mismatched is null ? zeros([1], ScalarType.Float32, d.device) : mismatched.detach().mean().clamp(min: Scalars.Zero).reshape(1);
        var label = tensor(wanted.Select(w => w ? 1f : 0f).ToArray(), device: d.device);
        var (good, bad) = options.LossType == "apo_zero_unpaired"
            ? (Scalars.One - (d * b).sigmoid(), (d * b).sigmoid())
            : (Scalars.One - ((d - kl) * b).sigmoid(), Scalars.One - ((kl - d) * b).sigmoid());
        var losses = (good * label * Scalars.Of(options.DesirableWeight)) + (bad * (Scalars.One - label) * Scalars.Of(options.UndesirableWeight));
        Dictionary<string, double> metrics = [];
        if (mismatched is not null)
        {
            metrics["kl"] = kl.item<float>();
        }

        var rewards = (d * b).detach();
        foreach (var (name, mask) in new[] { ("chosen", label), ("rejected", Scalars.One - label) })
        {
            var count = mask.sum().item<float>();
            if (count > 0)
            {
                metrics[$"rewards/{name}"] = (rewards * mask).sum().item<float>() / count;
                metrics[$"logps/{name}"] = (own.detach() * mask).sum().item<float>() / count;
            }
        }

        if (metrics.TryGetValue("rewards/chosen", out var chosen) && metrics.TryGetValue("rewards/rejected", out var rejected))
        {
            metrics["rewards/margins"] = chosen - rejected;
        }

        return new ObjectiveResult(losses.mean(), metrics);
    }
}
