using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>ORPO on pairs: learns the chosen answer and the preference in one step, without a reference.</summary>
public sealed class OrpoMethod(MethodContext context) : PreferencePairs(context)
{
    private readonly OrpoOptions options = (OrpoOptions)TrainingMethods.Find("orpo")!.Read(context.Spec.Recipe.MethodOptions);

    protected override bool ScoresPrompt => true;

    protected override ObjectiveResult Objective(CompletionScores policy, AnswerBatch batch, bool training)
    {
        var pairs = policy.Sequences / 2;
        var nll = -policy.Part(0, pairs).Tokens.mean();

        // The likelihood looks at prompt and answer, the odds at the answer alone.
        List<long> answers = [];
        var at = 0;
        for (var s = 0; s < policy.Sequences; s++)
        {
            var count = Math.Min(batch.Lengths[s], policy.Counts[s]);
            answers.AddRange(Enumerable.Range(at + policy.Counts[s] - count, count).Select(i => (long)i));
            at += policy.Counts[s];
        }

        var places = tensor(answers.ToArray(), device: policy.Tokens.device);
        var scores = new CompletionScores(
            policy.Tokens.index_select(0, places),
            policy.Sequence.index_select(0, places),
            [.. policy.Counts.Select((c, s) => Math.Min(batch.Lengths[s], c))]);
        return Orpo.Compute(scores, nll, options.Beta);
    }
}
