using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Data.Evaluation;

/// <summary>An evaluation: a job like any other, of a base model or an adapter on a set of suites.</summary>
public sealed record EvaluationJob : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Name { get; init; }

    public required string BaseModelId { get; init; }

    /// <summary>Null evaluates the base model.</summary>
    public string? AdapterId { get; init; }

    public required IReadOnlyList<SuiteUse> Suites { get; init; }

    public int Seed { get; init; } = 42;

    public JobState State { get; init; } = JobState.Queued;

    public Lease? Lease { get; init; }

    public long Fence { get; init; }

    public int Attempts { get; init; }

    public string? Request { get; init; }

    /// <summary>Items done and in all.</summary>
    public int Done { get; init; }

    public int Total { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public JobFailure? Failure { get; init; }

    public EvaluationResult? Result { get; init; }

    public string? OwnerId { get; init; }
}
