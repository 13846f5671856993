using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>BCO on rated answers; the running mean of all rewards is part of the run's state.</summary>
public sealed class BcoMethod(MethodContext context) : RatedAnswers(context)
{
    private readonly BcoOptions options = (BcoOptions)TrainingMethods.Find("bco")!.Read(context.Spec.Recipe.MethodOptions);

    // Count, mean, variance: kept as a tensor because that is what a checkpoint holds.
    private readonly Tensor moments = zeros([3], ScalarType.Float64).DetachFromDisposeScope();

    public override IEnumerable<(string Name, Tensor Tensor)> State() => [("running_rewards", moments)];

    public override void Dispose()
    {
        moments.Dispose();
        base.Dispose();
    }

    protected override ObjectiveResult Objective(CompletionScores policy, CompletionScores reference, IReadOnlyList<bool> wanted, Tensor? mismatched, bool training)
    {
        var stored = moments.data<double>().ToArray();
        var running = new RunningMoments((long)stored[0], stored[1], stored[2]);
        var result = Bco.Compute(policy, reference, wanted, running, options.Beta, training);
        if (training)
        {
            using var quiet = no_grad();
            using var now = tensor(new[] { running.Count, running.Mean, running.Variance });
            moments.copy_(now);
        }

        return result;
    }
}
