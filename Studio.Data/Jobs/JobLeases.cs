using Studio.Data.Store;

namespace Studio.Data.Jobs;

/// <summary>Applies <see cref="JobClaims"/> to the store by compare-and-set: of two workers that claim at once exactly one gets the job.</summary>
public sealed class JobLeases<TJob>(IRepository<TJob> jobs, TimeProvider time)
    where TJob : LeasedJob
{
    /// <summary>How long a claim holds without a heartbeat.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a worker renews its claim.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The job under a fresh lease, or null when it is not there or not to be claimed.</summary>
    public TJob? Claim(string jobId, string workerId) => Apply(jobId, job => JobClaims.Claim(job, workerId, time.GetUtcNow(), Duration));

    /// <summary>The job with a longer lease, or null when the claim was lost: the worker must stop writing.</summary>
    public TJob? Renew(string jobId, string workerId, long fence) => Apply(jobId, job => JobClaims.Renew(job, workerId, fence, time.GetUtcNow(), Duration));

    /// <summary>Ends the claim; null when it had been lost and nothing was written.</summary>
    /// <param name="change">Further fields to set in the same write (failure, progress, adapter).</param>
    public TJob? Release(string jobId, string workerId, long fence, JobState state, Func<TJob, TJob>? change = null) =>
        Apply(jobId, job => JobClaims.Release(job, workerId, fence, state, time.GetUtcNow()) is { } released ? change?.Invoke(released) ?? released : null);

    /// <summary>Writes to a job only while the claim holds; null when it was lost.</summary>
    public TJob? Write(string jobId, string workerId, long fence, Func<TJob, TJob> change) =>
        Apply(jobId, job => JobClaims.Holds(job, workerId, fence) ? change(job) : null);

    /// <summary>Turns running jobs whose lease ran out into Interrupted and returns them.</summary>
    public IReadOnlyList<TJob> ExpireLeases()
    {
        List<TJob> expired = [];
        foreach (var job in jobs.List(j => j.State == JobState.Running))
        {
            if (Apply(job.Id, j => JobClaims.Expire(j, time.GetUtcNow())) is { } changed)
            {
                expired.Add(changed);
            }
        }

        return expired;
    }

    private TJob? Apply(string jobId, Func<TJob, TJob?> rule)
    {
        while (true)
        {
            if (jobs.Get(jobId) is not { } job || rule(job) is not { } changed)
            {
                return null;
            }

            if (ReferenceEquals(changed, job))
            {
                return job;
            }

            if (jobs.TryReplace(changed, out var stored))
            {
                return stored;
            }
        }
    }
}
