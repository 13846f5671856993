namespace Studio.Data.Jobs;

/// <summary>
/// Who may run a job, as pure logic over the record: a claim moves Queued or Interrupted to Running under a lease and a higher fence number.
/// Each returns the changed job, or null when the rule does not allow it.
/// </summary>
public static class JobClaims
{
    public static TJob? Claim<TJob>(TJob job, string workerId, DateTimeOffset now, TimeSpan lease)
        where TJob : LeasedJob =>
        !job.State.IsClaimable() ? null : (TJob)((LeasedJob)job with
        {
            State = JobState.Running,
            Lease = new Lease(workerId, now + lease),
            Fence = job.Fence + 1,
            Attempts = job.Attempts + 1,
            StartedAt = job.StartedAt ?? now,
            FinishedAt = null,
            Failure = null,
        });

    /// <summary>True while the worker's claim is the newest one and the job runs under it.</summary>
    public static bool Holds(LeasedJob job, string workerId, long fence) =>
        job.State == JobState.Running && job.Fence == fence && job.Lease?.WorkerId == workerId;

    /// <summary>Heartbeat: a late one still counts as long as nobody else took the job.</summary>
    public static TJob? Renew<TJob>(TJob job, string workerId, long fence, DateTimeOffset now, TimeSpan lease)
        where TJob : LeasedJob =>
        Holds(job, workerId, fence) ? (TJob)((LeasedJob)job with { Lease = new Lease(workerId, now + lease) }) : null;

    /// <summary>Ends the claim in the given state.</summary>
    public static TJob? Release<TJob>(TJob job, string workerId, long fence, JobState state, DateTimeOffset now)
        where TJob : LeasedJob =>
        Holds(job, workerId, fence) ? (TJob)((LeasedJob)job with
        {
            State = state,
            Lease = null,
            Request = state is JobState.Queued or JobState.Interrupted ? job.Request : null,
            FinishedAt = state.IsFinal() ? now : null,
        })
        : null;

    /// <summary>A running job whose lease ran out (or is missing) becomes Interrupted, or Cancelled where that had been asked for.</summary>
    public static TJob? Expire<TJob>(TJob job, DateTimeOffset now)
        where TJob : LeasedJob =>
        job.State == JobState.Running && (job.Lease is null || job.Lease.ExpiresAt <= now)
            ? (TJob)(job.Request == ControlWords.Cancel
                ? (LeasedJob)job with { State = JobState.Cancelled, Lease = null, Request = null, FinishedAt = now }
                : (LeasedJob)job with { State = JobState.Interrupted, Lease = null })
            : null;
}
