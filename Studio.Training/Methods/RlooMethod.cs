using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using Studio.Training.Rollouts;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>RLOO: every answer is compared with the mean reward of the other answers to its prompt.</summary>
public sealed class RlooMethod(MethodContext context, RlooOptions options)
    : GroupMethod(context, options, options.NumGenerations, options.NumIterations, options.StepsPerGeneration)
{
    private readonly RlooObjectiveOptions objective = new()
    {
        Beta = options.Beta,
        Epsilon = options.Epsilon,
        EpsilonHigh = options.EpsilonHigh,
        NormalizeAdvantages = options.NormalizeAdvantages,
    };

    public RlooMethod(MethodContext context)
        : this(context, (RlooOptions)TrainingMethods.Find("rloo")!.Read(context.Spec.Recipe.MethodOptions))
    {
    }

    protected override bool NeedsReference => options.Beta != 0;

    protected override bool MasksTruncated => options.MaskTruncatedCompletions;

    // The ratio is that of whole answers, so the sum at sampling is always needed.
    protected override bool NeedsOld => true;

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var rollouts = (RolloutBatch)batch;
        var rows = rollouts.Members.Select(m => rollouts.Set.Rows[m]).ToArray();
        var advantages = tensor(rows.Select(r => (float)r.Advantage).ToArray(), device: Context.Device);
        var old = tensor(rows.Select((r, i) => rollouts.Counts[i] == 0 ? 0f : r.Old!.Sum()).ToArray(), device: Context.Device);
        return Attach(rollouts, (policy, entropies) => Rloo.Compute(policy, entropies, old, advantages, objective), 1.0 / window.Count);
    }

    protected override RolloutSet Complete(RolloutSet set, Dictionary<string, double> metrics)
    {
        double[]? divergences = null;
        if (options.Beta != 0)
        {
            divergences = [.. set.Rows.Select(r => r.Old!.Zip(r.Reference!, (own, other) => (double)own - other).Sum())];
            metrics["kl"] = divergences.Sum() / Math.Max(1, set.Rows.Sum(r => r.Ids.Length));
        }

        var advantages = Rloo.Advantages([.. set.Rows.Select(r => r.Rewards)], RewardWeights, divergences, options.NumGenerations, objective);
        return set with { Rows = [.. set.Rows.Select((r, i) => r with { Advantage = advantages[i] })] };
    }
}
