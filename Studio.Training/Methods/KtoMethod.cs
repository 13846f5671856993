using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>KTO and APO on rated answers, against the model as the job began.</summary>
public sealed class KtoMethod(MethodContext context) : RatedAnswers(context)
{
    private readonly KtoOptions options = (KtoOptions)TrainingMethods.Find("kto")!.Read(context.Spec.Recipe.MethodOptions);

    protected override bool NeedsMismatched => options.LossType == "kto";

    protected override ObjectiveResult Objective(CompletionScores policy, CompletionScores reference, IReadOnlyList<bool> wanted, Tensor? mismatched, bool training) =>
        Kto.Compute(policy, reference, wanted, mismatched, options);
}
