namespace Studio.Data.Recipes.Methods;

/// <summary>A reward model on preference pairs; names as in TRL's RewardConfig.</summary>
public sealed record RewardOptions
{
    [Option(Min = 0, Max = 10, Label = "Centring", Help = "Keeps scores near zero, which the comparison alone leaves open; 0 leaves it out.")]
    public double CenterRewardsCoefficient { get; init; } = 0.01;
}
