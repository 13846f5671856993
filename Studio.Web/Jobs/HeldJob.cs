using System.Globalization;
using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>A job under the claim of this process: the claim is renewed until this is disposed, and what is written counts only while it holds.</summary>
public sealed class HeldJob<TJob> : IDisposable
    where TJob : LeasedJob
{
    private readonly JobLeases<TJob> leases;
    private readonly ILogger logger;
    private readonly CancellationTokenSource lost = new();
    private readonly ITimer heartbeat;

    /// <param name="job">As it was claimed by <see cref="HeldJobs.Worker"/>.</param>
    internal HeldJob(TJob job, JobLeases<TJob> leases, TimeProvider time, ILogger logger)
    {
        (Job, this.leases, this.logger) = (job, leases, logger);
        heartbeat = time.CreateTimer(_ => Renew(), null, leases.Heartbeat, leases.Heartbeat);
    }

    /// <summary>The job as it was when it was claimed.</summary>
    public TJob Job { get; }

    /// <summary>Cancelled when another worker has the job: nothing more may be written.</summary>
    public CancellationToken Lost => lost.Token;

    public void Write(Func<TJob, TJob> change) => leases.Write(Job.Id, HeldJobs.Worker, Job.Fence, change);

    /// <summary>Ends the claim; null when it had been lost and nothing was written.</summary>
    public TJob? Release(JobState state, Func<TJob, TJob> change) => leases.Release(Job.Id, HeldJobs.Worker, Job.Fence, state, change);

    public void Dispose()
    {
        heartbeat.Dispose();
        lost.Dispose();
    }

    private void Renew()
    {
        try
        {
            if (leases.Renew(Job.Id, HeldJobs.Worker, Job.Fence) is null)
            {
                lost.Cancel();
            }
        }
        catch (Exception fault) when (fault is StoreException or ObjectDisposedException)
        {
            // A store that cannot write now may in five seconds; the lease outlives several beats.
            logger.LogWarning("The heartbeat of {JobId} could not be written: {Reason}", Job.Id, fault.Message);
        }
    }
}

internal static class HeldJobs
{
    /// <summary>Name of this process in claims.</summary>
    public static string Worker { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");

    /// <summary>The job under a fresh claim; null when it is not there or another worker has it.</summary>
    public static HeldJob<TJob>? Hold<TJob>(this JobLeases<TJob> leases, string jobId, TimeProvider time, ILogger logger)
        where TJob : LeasedJob =>
        leases.Claim(jobId, Worker) is { } job ? new HeldJob<TJob>(job, leases, time, logger) : null;
}
