namespace Studio.Training.Methods.Objectives;

/// <summary>What shapes the GRPO loss; names as in TRL's GRPOConfig.</summary>
public sealed record GrpoObjectiveOptions
{
    /// <summary>grpo, bnpo, dr_grpo, dapo, luspo, cispo, sapo or vespo.</summary>
    public string LossType { get; init; } = "dapo";

    /// <summary>Weight of the divergence from the reference; 0 needs no reference.</summary>
    public double Beta { get; init; }

    /// <summary>How far the ratio may fall below 1.</summary>
    public double Epsilon { get; init; } = 0.2;

    /// <summary>How far the ratio may rise above 1 (epsilon where null); for cispo the cap itself.</summary>
    public double? EpsilonHigh { get; init; }

    /// <summary>Cap of the ratio in the branch that is not clipped; null for none.</summary>
    public double? Delta { get; init; }

    /// <summary>token, or sequence for the ratio of whole answers (GSPO).</summary>
    public string ImportanceSamplingLevel { get; init; } = "token";

    /// <summary>Multiplies the divergence by the ratio, which makes its estimate unbiased off policy.</summary>
    public bool UseBiasCorrectionKl { get; init; } = true;

    /// <summary>Share of the tokens with the highest entropy that carry the policy loss; 1 takes all.</summary>
    public double TopEntropyQuantile { get; init; } = 1;

    /// <summary>Answers of negative advantage that drifted further than this from the sampling policy are left out; null keeps all.</summary>
    public double? OffPolicyMaskThreshold { get; init; }

    /// <summary>Weight of the entropy bonus.</summary>
    public double EntropyCoef { get; init; }

    public double SapoTemperaturePos { get; init; } = 1;

    public double SapoTemperatureNeg { get; init; } = 1.05;

    public double VespoKPos { get; init; } = 2;

    public double VespoLambdaPos { get; init; } = 3;

    public double VespoKNeg { get; init; } = 3;

    public double VespoLambdaNeg { get; init; } = 2;

    /// <summary>Tokens an answer may have; the divisor of dr_grpo.</summary>
    public int MaxCompletionLength { get; init; } = 256;

    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Micro-batches one generation batch is split into.</summary>
    public int StepsPerGeneration { get; init; } = 1;
}
