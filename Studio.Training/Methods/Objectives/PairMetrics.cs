using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>What every method on pairs charts.</summary>
internal static class PairMetrics
{
    /// <param name="rewards">(2 · pairs), chosen first.</param>
    public static Dictionary<string, double> Of(Tensor rewards, Tensor logProbabilities, int pairs)
    {
        var (chosen, rejected) = (rewards.narrow(0, 0, pairs), rewards.narrow(0, pairs, pairs));
        return new Dictionary<string, double>
        {
            ["rewards/chosen"] = chosen.mean().item<float>(),
            ["rewards/rejected"] = rejected.mean().item<float>(),
            ["rewards/accuracies"] = chosen.gt(rejected).to_type(ScalarType.Float32).mean().item<float>(),
            ["rewards/margins"] = (chosen - rejected).mean().item<float>(),
            ["logps/chosen"] = logProbabilities.narrow(0, 0, pairs).mean().item<float>(),
            ["logps/rejected"] = logProbabilities.narrow(0, pairs, pairs).mean().item<float>(),
        };
    }
}
