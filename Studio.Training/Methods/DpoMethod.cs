using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;

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
            reference.Ensure([("train", Answers(Train)), ("validation", Answers(Validation))], resumed);
        }
    }

    protected override ObjectiveResult Objective(CompletionScores policy, AnswerBatch batch, bool training)
    {
        if (options.ReferenceFree)
        {
            return Dpo.Compute(policy, null, options);
        }

        // A rehearsal stands at the beginning: the model itself is the reference.
        var theirs = Context.Rehearsal
            ? policy.Tokens.detach()
            : reference.Of(training ? "train" : "validation", [.. batch.Members.Select(m => 2 * m), .. batch.Members.Select(m => (2 * m) + 1)]);
        return Dpo.Compute(policy, policy with { Tokens = theirs }, options);
    }

    private static AnswerTokens[] Answers(IReadOnlyList<PairTokens> pairs) => [.. pairs.SelectMany(p => new[] { p.Better, p.Worse })];
}
