namespace Studio.Data.Recipes.Methods;

/// <summary>Group relative policy optimisation and its family; names as in TRL's GRPOConfig.</summary>
public sealed record GrpoOptions : RolloutOptions
{
    [Option(Basic = true, Min = 2, Max = 256, Label = "Answers per prompt", Help = "Answers that are sampled for a prompt and compared with each other. The batch size (times gradient accumulation) must be a multiple of it.")]
    public int NumGenerations { get; init; } = 4;

    [Option(Choices = "grpo|bnpo|dr_grpo|dapo|luspo|cispo|sapo|vespo", Label = "Loss", Help = "How the tokens of all answers are averaged and how far a step may go; dapo counts every token alike.")]
    public string LossType { get; init; } = "dapo";

    [Option(Basic = true, Min = 0, Max = 10, Label = "Beta", Help = "How closely the model stays to where it began; 0 does not hold it and needs no reference.")]
    public double Beta { get; init; }

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Clip range", Help = "How far the probability of a token may fall in one step before it stops counting.")]
    public double Epsilon { get; init; } = 0.2;

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "Upper clip range", Help = "How far it may rise; empty takes the clip range. For cispo it is the cap itself (5 when empty).")]
    public double? EpsilonHigh { get; init; }

    [Option(Min = 1, MinExclusive = true, Max = 100, Label = "Ratio cap", Help = "Caps the ratio where it is not clipped (two-sided clipping); empty does not cap.")]
    public double? Delta { get; init; }

    [Option(Choices = "token|sequence", Label = "Importance ratio", Help = "token compares single tokens, sequence whole answers (GSPO).")]
    public string ImportanceSamplingLevel { get; init; } = "token";

    [Option(Min = 1, Max = 64, Label = "Passes over the answers", Help = "How often sampled answers are trained on before new ones are sampled.")]
    public int NumIterations { get; init; } = 1;

    [Option(Min = 1, Max = 4096, Label = "Batches per sampling", Help = "Micro-batches of answers sampled at once; empty takes gradient accumulation, so that every step has fresh answers.")]
    public int? StepsPerGeneration { get; init; }

    [Option(Choices = "group|batch|none", Label = "Scale rewards", Help = "Divides advantages by the spread of the group, of the batch, or not at all.")]
    public string ScaleRewards { get; init; } = "group";

    [Option(Choices = "sum_then_normalize|normalize_then_sum", Label = "Several rewards", Help = "sum_then_normalize adds the rewards first; normalize_then_sum standardises each one, so that none drowns the others.")]
    public string MultiObjectiveAggregation { get; init; } = "sum_then_normalize";

    [Option(Label = "Leave out cut answers", Help = "Answers that reached the longest length do not count.")]
    public bool MaskTruncatedCompletions { get; init; }

    [Option(Label = "Corrected divergence", Help = "Makes the estimate of the divergence unbiased when answers are used several times.")]
    public bool UseBiasCorrectionKl { get; init; } = true;

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Share of uncertain tokens", Help = "Trains only on this share of the tokens, those where the model was least sure; 1 takes all.")]
    public double TopEntropyQuantile { get; init; } = 1;

    [Option(Min = 0, Max = 100, Label = "Off-policy limit", Help = "Bad answers that drifted further than this from the sampling model are left out; empty keeps all.")]
    public double? OffPolicyMaskThreshold { get; init; }

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "SAPO temperature of good answers", Help = "Used by the loss sapo alone.")]
    public double SapoTemperaturePos { get; init; } = 1;

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "SAPO temperature of bad answers", Help = "Used by the loss sapo alone.")]
    public double SapoTemperatureNeg { get; init; } = 1.05;
}
