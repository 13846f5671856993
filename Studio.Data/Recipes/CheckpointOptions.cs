namespace Studio.Data.Recipes;

/// <summary>How often training can be resumed from.</summary>
public sealed record CheckpointOptions
{
    [Option(Min = 0, Max = 10_000_000, Label = "Save every (steps)", Help = "A checkpoint to resume from; 0 saves at every evaluation.")]
    public int SaveSteps { get; init; }

    [Option(Min = 2, Max = 1000, Label = "Checkpoints kept", Help = "Older ones are deleted; the best one always stays.")]
    public int SaveTotalLimit { get; init; } = 3;
}
