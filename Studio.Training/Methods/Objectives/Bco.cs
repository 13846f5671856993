using Studio.Training.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Binary classifier optimisation (Jung et al. 2024): answers judged one by one. With r = β (log π − log π_ref) and δ the running mean of every r seen so far,
/// a wanted answer costs −log σ(r − δ), an unwanted one −log σ(−(r − δ)).
/// </summary>
public static class Bco
{
    /// <param name="wanted">Per sequence: is the answer wanted?</param>
    /// <param name="running">δ over the whole run; this batch is added to it before it is used.</param>
    /// <param name="training">False leaves <paramref name="running"/> as it is, for evaluation.</param>
    public static ObjectiveResult Compute(CompletionScores policy, CompletionScores reference, IReadOnlyList<bool> wanted, RunningMoments running, double beta, bool training = true)
    {
        var own = policy.Sums();
        var rewards = (own - reference.Sums()) * Scalars.Of(beta);
        var known = rewards.detach().cpu().data<float>().ToArray();
        if (training)
        {
            running.Add(known);
        }

        var sign = tensor(wanted.Select(w => w ? 1f : -1f).ToArray(), device: rewards.device);
        var delta = tensor(new[] { (float)running.Mean }, device: rewards.device);
        var losses = -logsigmoid((rewards - delta) * sign);
        var logProbabilities = own.detach().cpu().data<float>().ToArray();
        Dictionary<string, double> metrics = new() { ["delta"] = running.Mean };
        foreach (var (name, side) in new[] { ("chosen", true), ("rejected", false) })
        {
            var rows = Enumerable.Range(0, wanted.Count).Where(i => wanted[i] == side).ToArray();
            if (rows.Length > 0)
            {
                metrics[$"rewards/{name}"] = rows.Average(i => (double)known[i]);
                metrics[$"logps/{name}"] = rows.Average(i => (double)logProbabilities[i]);
            }
        }

        if (metrics.TryGetValue("rewards/chosen", out var chosen) && metrics.TryGetValue("rewards/rejected", out var rejected))
        {
            metrics["rewards/margins"] = chosen - rejected;
        }

        return new ObjectiveResult(losses.mean(), metrics);
    }
}
