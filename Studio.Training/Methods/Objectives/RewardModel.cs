using Studio.Training.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Reward modelling after Bradley and Terry (1952), as used by Ouyang et al. 2022: −log σ(r_c − r_r − margin), the chosen answer should score higher by the margin (Touvron et al. 2023).
/// A centring term (Eisenstein et al. 2023) keeps the sum of both scores near zero, since the plain loss leaves their level open.
/// </summary>
public static class RewardModel
{
    /// <param name="rewards">(2 · pairs) fp32, chosen first.</param>
    /// <param name="margin">(pairs) fp32, or null for none.</param>
    /// <param name="centerRewardsCoefficient">Weight of (r_c + r_r)²; 0 leaves it out.</param>
    public static ObjectiveResult Compute(Tensor rewards, Tensor? margin, double centerRewardsCoefficient)
    {
        var pairs = rewards.shape[0] / 2;
        var (chosen, rejected) = (rewards.narrow(0, 0, pairs), rewards.narrow(0, pairs, pairs));
        var apart = chosen - rejected;
        var loss = -logsigmoid(margin is null ? apart : apart - margin).mean();
        if (centerRewardsCoefficient != 0)
        {
            loss = loss + ((chosen + rejected).square().mean() * Scalars.Of(centerRewardsCoefficient));
        }

        var plain = rewards.detach();
        return new ObjectiveResult(loss, new Dictionary<string, double>
        {
            ["min_reward"] = plain.min().item<float>(),
            ["mean_reward"] = plain.mean().item<float>(),
            ["max_reward"] = plain.max().item<float>(),
            ["accuracy"] = chosen.gt(rejected).to_type(ScalarType.Float32).mean().item<float>(),
            ["margin"] = apart.detach().mean().item<float>(),
        });
    }
}
