namespace Studio.Data.Recipes.Methods;

/// <summary>Binary classifier optimisation on single judged answers; names as in TRL's BCOConfig.</summary>
public sealed record BcoOptions
{
    [Option(Basic = true, Min = 0, MinExclusive = true, Max = 100, Label = "Beta", Help = "How closely the model stays to where it began. Small values let it change more.")]
    public double Beta { get; init; } = 0.1;
}
