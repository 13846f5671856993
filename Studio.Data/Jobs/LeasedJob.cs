using Studio.Data.Store;

namespace Studio.Data.Jobs;

/// <summary>What every kind of job has: a state, and the claim of the worker that runs it. Hangfire dispatches it; the record decides.</summary>
public abstract record LeasedJob : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Name { get; init; }

    public JobState State { get; init; } = JobState.Queued;

    public string? OwnerId { get; init; }

    public Lease? Lease { get; init; }

    /// <summary>Grows with every claim; a worker whose number is no longer the newest must stop writing.</summary>
    public long Fence { get; init; }

    public int Attempts { get; init; }

    /// <summary>What a person asked for and the worker has not yet done, one of <see cref="ControlWords"/>; null when nothing is asked.</summary>
    public string? Request { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public JobFailure? Failure { get; init; }
}
