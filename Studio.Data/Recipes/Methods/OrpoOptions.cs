namespace Studio.Data.Recipes.Methods;

/// <summary>Odds-ratio preference optimisation; names as in TRL's ORPOConfig.</summary>
public sealed record OrpoOptions
{
    [Option(Basic = true, Min = 0, Max = 100, Label = "Beta", Help = "Weight of the preference beside the likelihood of the chosen answer.")]
    public double Beta { get; init; } = 0.1;
}
