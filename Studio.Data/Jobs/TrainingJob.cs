using Studio.Data.Recipes;
using Studio.Data.Validation;

namespace Studio.Data.Jobs;

/// <summary>A training and where it stands.</summary>
public sealed record TrainingJob : LeasedJob
{
    public required string BaseModelId { get; init; }

    /// <summary>Adapter to start from instead of a fresh one; null for a new adapter.</summary>
    public string? StartAdapterId { get; init; }

    public required Recipe Recipe { get; init; }

    public required IReadOnlyList<DatasetUse> Data { get; init; }

    /// <summary>An own validation set; null splits the training data by <see cref="DataOptions.ValidationShare"/>.</summary>
    public string? ValidationVersionId { get; init; }

    /// <summary>Suffix of the model name that the API shows; null takes the name.</summary>
    public string? Suffix { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Files named by an API client, as it named them.</summary>
    public string? TrainingFileId { get; init; }

    public string? ValidationFileId { get; init; }

    /// <summary>The training whose next stage this is; null for one that a person began.</summary>
    public string? FollowsJobId { get; init; }

    /// <summary>Why the stage after this training could not be queued; null when there was no reason.</summary>
    public Problem? StageProblem { get; init; }

    public JobProgress Progress { get; init; } = new();

    /// <summary>The registered result.</summary>
    public string? AdapterId { get; init; }

    public string? ResultFileId { get; init; }
}

/// <summary>A dataset version in a job and its weight in the mixture.</summary>
public sealed record DatasetUse(string DatasetVersionId, double Weight = 1);

/// <summary>The newest numbers of a job, so that lists need not read event files.</summary>
public sealed record JobProgress
{
    public int Step { get; init; }

    public int TotalSteps { get; init; }

    public double? Loss { get; init; }

    public double? EvalLoss { get; init; }

    public double? TokensPerSecond { get; init; }

    public double? EtaSeconds { get; init; }

    public long TrainedTokens { get; init; }

    public long? MemoryBytes { get; init; }
}

/// <summary>Why a job failed, in words for a person.</summary>
/// <param name="Code">Stable: out_of_memory, nan_loss, bad_data, bad_model, crashed, disk_full, ...</param>
public sealed record JobFailure(string Code, string Message, string Remedy)
{
    public int? Step { get; init; }
}

/// <summary>The right of one worker to run a job until a moment; renewed by heartbeat.</summary>
public sealed record Lease(string WorkerId, DateTimeOffset ExpiresAt);
