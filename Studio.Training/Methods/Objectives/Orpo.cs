using Studio.Training.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Odds-ratio preference optimisation (Hong et al. 2024): the likelihood of the chosen answer, and β times −log σ of the log odds ratio of chosen to rejected. No reference model.
/// </summary>
public static class Orpo
{
    /// <param name="policy">Completion tokens; chosen sequences first, then the rejected ones.</param>
    /// <param name="nll">Mean cross-entropy over prompt and completion of the chosen sequences, a scalar with a gradient.</param>
    public static ObjectiveResult Compute(CompletionScores policy, Tensor nll, double beta)
    {
        var pairs = policy.Sequences / 2;
        var p = policy.Means();
        var (chosen, rejected) = (p.narrow(0, 0, pairs), p.narrow(0, pairs, pairs));
        var odds = chosen - rejected - ((-chosen.exp()).log1p() - (-rejected.exp()).log1p());
        var ratio = logsigmoid(odds);
        var loss = nll - (ratio.mean() * Scalars.Of(beta));
        var rewards = (p * Scalars.Of(beta)).detach();
        var metrics = PairMetrics.Of(rewards, p.detach(), pairs);
        metrics["nll_loss"] = nll.item<float>();
        metrics["log_odds_ratio"] = ratio.mean().item<float>();
        metrics["log_odds_chosen"] = odds.mean().item<float>();
        return new ObjectiveResult(loss, metrics);
    }
}
