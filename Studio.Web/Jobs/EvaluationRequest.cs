using Studio.Data.Evaluation;

namespace Studio.Web.Jobs;

/// <summary>What a person or a client asks for when an evaluation is made.</summary>
public sealed record EvaluationRequest
{
    /// <summary>Label; empty takes the model's.</summary>
    public string Name { get; init; } = "";

    public required EvaluatedTarget Target { get; init; }

    /// <summary>Suites; <see cref="SuiteUse.Items"/> names a file, a dataset version or a training instead of a path.</summary>
    public required IReadOnlyList<SuiteUse> Suites { get; init; }

    /// <summary>Who judges in the suites that need it; null lets the base model itself judge.</summary>
    public JudgeUse? Judge { get; init; }

    public bool CompareWithBase { get; init; } = true;

    public int Seed { get; init; } = 42;

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? OwnerId { get; init; }

    public bool AfterTraining { get; init; }
}

/// <summary>The model under evaluation: a base model, an adapter, or a checkpoint of a training. Exactly one of them is named.</summary>
public sealed record EvaluatedTarget
{
    public string? BaseModelId { get; init; }

    public string? AdapterId { get; init; }

    public string? TrainingJobId { get; init; }

    /// <summary>With <see cref="TrainingJobId"/>.</summary>
    public int? CheckpointStep { get; init; }
}
