namespace Studio.Training.Loop;

/// <summary>Where a run stands: <c>state.json</c> of a checkpoint. Orders and noise follow from seed, epoch and step, so nothing else is random.</summary>
public sealed record LoopState
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Optimizer steps done.</summary>
    public int Step { get; init; }

    public int Epoch { get; init; }

    /// <summary>Micro-batches of the epoch that are used up.</summary>
    public int BatchInEpoch { get; init; }

    public long Tokens { get; init; }

    public long TrainedTokens { get; init; }

    public int? BestStep { get; init; }

    public double? BestEvalLoss { get; init; }

    /// <summary>Evaluations since the best one.</summary>
    public int BadEvaluations { get; init; }

    public IReadOnlyDictionary<string, double> LastEvaluation { get; init; } = new Dictionary<string, double>();

    public double? LastLoss { get; init; }

    public double? FirstLoss { get; init; }

    /// <summary>reduce_lr_on_plateau only.</summary>
    public double PlateauFactor { get; init; } = 1;

    public double? PlateauBest { get; init; }

    public int PlateauBad { get; init; }

    /// <summary>Wall time of training so far, over all attempts.</summary>
    public double Seconds { get; init; }
}
