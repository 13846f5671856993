using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using Studio.Training.Rollouts;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>GRPO and its family: answers better than the other answers to the same prompt become likelier.</summary>
public sealed class GrpoMethod(MethodContext context, GrpoOptions options)
    : GroupMethod(context, options, options.NumGenerations, options.NumIterations, options.StepsPerGeneration)
{
    // The cap of the ratio that MiniMax uses; 1 + epsilon would be far too tight for a cap itself.
    private const double CispoCap = 5;

    public GrpoMethod(MethodContext context)
        : this(context, (GrpoOptions)TrainingMethods.Find("grpo")!.Read(context.Spec.Recipe.MethodOptions))
    {
    }

    protected override bool NeedsReference => options.Beta != 0;

    protected override bool MasksTruncated => options.MaskTruncatedCompletions;

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var rollouts = (RolloutBatch)batch;
        var rows = rollouts.Members.Select(m => rollouts.Set.Rows[m]).ToArray();
        var advantages = tensor(rows.Select(r => (float)r.Advantage).ToArray(), device: Context.Device);
        var old = rows.All(r => r.Old is not null) ? Flat(rollouts, r => r.Old!) : null;
        var reference = options.Beta != 0 ? Flat(rollouts, r => r.Reference!) : null;
        double items = rollouts.Set.Rows.Where(r => !MasksTruncated || r.Stopped).Sum(r => r.Ids.Length);

        // The objective divides by the number of micro-batches itself.
        return Attach(rollouts, (policy, entropies) => Grpo.Compute(policy, entropies, advantages, old, reference, Objective(window.Count), items), 1);
    }

    protected override RolloutSet Complete(RolloutSet set, Dictionary<string, double> metrics)
    {
        var advantages = GroupAdvantages.Compute([.. set.Rows.Select(r => r.Rewards)], RewardWeights, options.NumGenerations, options.ScaleRewards, options.MultiObjectiveAggregation);
        return set with { Rows = [.. set.Rows.Select((r, i) => r with { Advantage = advantages[i] })] };
    }

    private GrpoObjectiveOptions Objective(int microBatches) => new()
    {
        LossType = options.LossType,
        Beta = options.Beta,
        Epsilon = options.Epsilon,
        EpsilonHigh = options.EpsilonHigh ?? (options.LossType == "cispo" ? CispoCap : null),
        Delta = options.Delta,
        ImportanceSamplingLevel = options.ImportanceSamplingLevel,
        UseBiasCorrectionKl = options.UseBiasCorrectionKl,
        TopEntropyQuantile = options.TopEntropyQuantile,
        OffPolicyMaskThreshold = options.OffPolicyMaskThreshold,
        SapoTemperaturePos = options.SapoTemperaturePos,
        SapoTemperatureNeg = options.SapoTemperatureNeg,
        MaxCompletionLength = options.MaxCompletionLength,
        GradientAccumulationSteps = microBatches,
        StepsPerGeneration = StepsPerGeneration,
    };
}
