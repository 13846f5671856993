namespace Studio.Data.Recipes.Methods;

/// <summary>REINFORCE leave-one-out; names as in TRL's RLOOConfig.</summary>
public sealed record RlooOptions : RolloutOptions
{
    [Option(Basic = true, Min = 2, Max = 256, Label = "Answers per prompt", Help = "Answers that are sampled for a prompt and compared with each other. The batch size (times gradient accumulation) must be a multiple of it.")]
    public int NumGenerations { get; init; } = 4;

    [Option(Basic = true, Min = 0, Max = 10, Label = "Beta", Help = "How closely the model stays to where it began; 0 does not hold it and needs no reference.")]
    public double Beta { get; init; } = 0.05;

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Clip range", Help = "How far the probability of an answer may fall in one step before it stops counting.")]
    public double Epsilon { get; init; } = 0.2;

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "Upper clip range", Help = "How far it may rise; empty takes the clip range.")]
    public double? EpsilonHigh { get; init; }

    [Option(Min = 1, Max = 64, Label = "Passes over the answers", Help = "How often sampled answers are trained on before new ones are sampled.")]
    public int NumIterations { get; init; } = 1;

    [Option(Min = 1, Max = 4096, Label = "Batches per sampling", Help = "Micro-batches of answers sampled at once; empty takes gradient accumulation, so that every step has fresh answers.")]
    public int? StepsPerGeneration { get; init; }

    [Option(Label = "Normalise advantages", Help = "Standardises the advantages over the batch.")]
    public bool NormalizeAdvantages { get; init; }

    [Option(Label = "Leave out cut answers", Help = "Answers that reached the longest length do not count.")]
    public bool MaskTruncatedCompletions { get; init; }
}
