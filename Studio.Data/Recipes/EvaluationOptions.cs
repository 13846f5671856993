namespace Studio.Data.Recipes;

/// <summary>When to measure during training.</summary>
public sealed record EvaluationOptions
{
    [Option(Min = 0, Max = 10_000_000, Label = "Evaluate every (steps)", Help = "Measures the validation loss and answers sample prompts; 0 takes about ten times per run.")]
    public int EvalSteps { get; init; }

    [Option(Min = 0, Max = 64, Label = "Sample prompts", Help = "Prompts answered at every evaluation, so that you see it learn.")]
    public int SampleCount { get; init; } = 4;

    [Option(Min = 1, Max = 2048, Label = "Sample length", Help = "Tokens of each sample answer at most.")]
    public int SampleMaxTokens { get; init; } = 64;

    [Option(Min = 1, Max = 1000, Label = "Early stopping", Help = "Stops after this many evaluations without improvement; empty never stops early.")]
    public int? EarlyStoppingPatience { get; init; }

    [Option(Label = "Keep the best", Help = "The result is the checkpoint with the lowest validation loss instead of the last one.")]
    public bool LoadBestModelAtEnd { get; init; }

    [Option(Label = "Scorecard after training", Help = "Evaluates the finished adapter against its base on suites that fit the goal, so that its scorecard is there when the training ends.")]
    public bool ScoreAfterTraining { get; init; }
}
