using Studio.Data.Recipes.Methods;
using Studio.Training.Rollouts;

namespace Studio.Training.Methods;

/// <summary>Methods that sample several answers to each prompt and compare them with each other.</summary>
/// <param name="answers">Answers per prompt.</param>
/// <param name="iterations">Passes over a set of answers.</param>
/// <param name="batches">Micro-batches of answers sampled at once; null takes those of one step.</param>
public abstract class GroupMethod(MethodContext context, RolloutOptions options, int answers, int iterations, int? batches) : RolloutMethod(context, options)
{
    /// <summary>Micro-batches one set is split into.</summary>
    protected int StepsPerGeneration { get; } = batches ?? context.Spec.Recipe.Optimization.GradientAccumulationSteps;

    protected override int RowsPerSet => Context.BatchSize * StepsPerGeneration;

    protected override int AnswersPerPrompt => answers;

    protected override int BatchesPerSet => StepsPerGeneration * iterations;

    // Within one step the policy that is trained is the one that sampled.
    protected override bool NeedsOld => Context.Spec.Recipe.Optimization.GradientAccumulationSteps % BatchesPerSet != 0;

    protected override int[] Members(RolloutSet set, int part) => [.. Enumerable.Range(part % StepsPerGeneration * Context.BatchSize, Context.BatchSize)];
}
