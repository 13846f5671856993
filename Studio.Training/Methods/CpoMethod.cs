using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;

namespace Studio.Training.Methods;

/// <summary>CPO, SimPO and AlphaPO on pairs: the margin of the answers' own log-probabilities, without a reference.</summary>
public sealed class CpoMethod(MethodContext context) : PreferencePairs(context)
{
    private readonly CpoOptions options = (CpoOptions)TrainingMethods.Find("cpo")!.Read(context.Spec.Recipe.MethodOptions);

    protected override ObjectiveResult Objective(CompletionScores policy, AnswerBatch batch, bool training) => Cpo.Compute(policy, options);
}
