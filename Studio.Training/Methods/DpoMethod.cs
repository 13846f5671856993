using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>
/// DPO on pairs. The reference is the model as the job begins: its log-probabilities are computed once, before the first step, and kept in the job folder, so that an epoch costs one forward pass per pair and not two,
/// and a resumed run compares with the same numbers.
/// </summary>
public sealed class DpoMethod(MethodContext context) : PreferencePairs(context)
{
    private readonly DpoOptions options = (DpoOptions)TrainingMethods.Find("dpo")!.Read(context.Spec.Recipe.MethodOptions);
    private readonly ReferenceScores reference = new(context);

    protected override bool NeedsSquares => options.UseWeighting;

    protected override void BeforeTraining(bool resumed)
    {
        if (!options.ReferenceFree && !Context.Rehearsal)
        {
            reference.Ensure(Train, Validation, resumed, Measure);
        }
    }

    protected override ObjectiveResult Objective(CompletionScores policy, PairBatch batch, bool training)
    {
        if (options.ReferenceFree)
        {
            return Dpo.Compute(policy, null, options);
        }

        // A rehearsal stands at the beginning: the model itself is the reference.
        var theirs = Context.Rehearsal ? policy.Tokens.detach() : reference.Of(batch.Members, training, Context.Device);
        return Dpo.Compute(policy, policy with { Tokens = theirs }, options);
    }

    private Tensor Measure(IReadOnlyList<PairTokens> pairs, int[] members)
    {
        using var batch = Collate(pairs, members);
        return ScoredTokens.Measure(Context.Base.Model.Head, Hidden(batch), batch.Targets, squares: false).LogProbabilities;
    }
}
