namespace Studio.Data.Recipes.Methods;

/// <summary>A process reward model on solutions judged step by step; names as in TRL's PRMConfig.</summary>
public sealed record ProcessRewardOptions
{
    [Option(Label = "Step separator", Help = "What stands between two steps; \\n is a line break. A step is judged at its last token.")]
    public string StepSeparator { get; init; } = "\\n";

    [Option(Label = "Last step only", Help = "Learns the verdict on the last step alone, not on every step.")]
    public bool TrainOnLastStepOnly { get; init; }
}
