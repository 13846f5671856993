using Studio.Data.Jobs;

namespace Studio.Data.Evaluation;

/// <summary>An evaluation: a job like any other, of a base model, an adapter or a checkpoint on a set of suites.</summary>
public sealed record EvaluationJob : LeasedJob
{
    public required string BaseModelId { get; init; }

    /// <summary>Null evaluates the base model or a checkpoint.</summary>
    public string? AdapterId { get; init; }

    /// <summary>The training that made the adapter or checkpoint.</summary>
    public string? TrainingJobId { get; init; }

    /// <summary>Optimizer step of the checkpoint of <see cref="TrainingJobId"/> that is evaluated.</summary>
    public int? CheckpointStep { get; init; }

    /// <summary>Name of the model as people know it, kept for when the model itself is gone.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>Suites with their items: null are those of the suite, otherwise the id of a file, of a dataset version, or of a training (its held-back examples).</summary>
    public required IReadOnlyList<SuiteUse> Suites { get; init; }

    /// <summary>Who judges in the suites that need it; null lets the base model itself judge.</summary>
    public JudgeUse? Judge { get; init; }

    /// <summary>Also asks the base, so that every number comes with its difference.</summary>
    public bool CompareWithBase { get; init; } = true;

    public int Seed { get; init; } = 42;

    /// <summary>True when a training asked for it.</summary>
    public bool AfterTraining { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Suite that runs now.</summary>
    public string? Suite { get; init; }

    /// <summary>Items done and in all.</summary>
    public int Done { get; init; }

    public int Total { get; init; }

    public double? EtaSeconds { get; init; }

    public EvaluationResult? Result { get; init; }
}
