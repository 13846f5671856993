namespace Studio.Data.Recipes.Methods;

/// <summary>Tuning on single judged answers; names as in TRL's KTOConfig.</summary>
public sealed record KtoOptions
{
    [Option(Basic = true, Min = 0, MinExclusive = true, Max = 100, Label = "Beta", Help = "How closely the model stays to where it began.")]
    public double Beta { get; init; } = 0.1;

    [Option(Choices = "kto|apo_zero_unpaired", Label = "Loss", Help = "kto measures a zero point on mismatched answers; apo_zero_unpaired needs none.")]
    public string LossType { get; init; } = "kto";

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "Weight of wanted answers", Help = "Raise it when there are fewer wanted than unwanted answers.")]
    public double DesirableWeight { get; init; } = 1;

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "Weight of unwanted answers", Help = "Raise it when there are fewer unwanted than wanted answers.")]
    public double UndesirableWeight { get; init; } = 1;
}
