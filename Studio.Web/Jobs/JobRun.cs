using Hangfire;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>
/// Runs a job of any kind: claim it, write its folder, start the trainer, follow it, and put down how it ended. Hangfire may call this twice for a
/// job or after a crash; the claim decides, so a job runs once.
/// </summary>
public abstract class JobRun<TJob, TAttempt>(
    JobLeases<TJob> leases,
    Board<TJob> board,
    JobQueue queue,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger logger)
    where TJob : LeasedJob
    where TAttempt : JobAttempt
{
    /// <summary>Attempts that brought a job no further before it counts as failed.</summary>
    public const int MaxAttempts = 3;

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string jobId)
    {
        queue.Taken(jobId);
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        using var held = leases.Hold(jobId, time, logger);
        if (held is not { Job: { } job })
        {
            return;
        }

        logger.LogInformation("{JobId} ({Name}) starts, attempt {Attempt}", job.Id, job.Name, job.Attempts);
        try
        {
            var folder = await PrepareAsync(job, held.Lost);
            var attempt = Begin(job, folder);

            // The trainer may have finished before, and the host died before it put that down.
            if (IsFinished(job, folder) || await WorkAsync(held, folder, attempt))
            {
                if (await KeepResultAsync(held, attempt, folder) is not null)
                {
                    File.Delete(folder.Control);
                    logger.LogInformation("{JobId} succeeded", job.Id);
                }
            }
        }
        catch (OperationCanceledException) when (held.Lost.IsCancellationRequested)
        {
            logger.LogWarning("{JobId} is no longer this worker's; it stops writing", job.Id);
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "{JobId} failed in the host", job.Id);
            held.Release(JobState.Failed, j => WithFailure(j, JobFailures.Of(fault)));
        }
    }

    /// <summary>Verb of the trainer that does the work.</summary>
    protected abstract string Verb { get; }

    /// <summary>Fills the folder of the job unless it stands already: a job that goes on keeps the data it began with.</summary>
    /// <exception cref="InvalidDataException">What the job was made of is no longer there.</exception>
    protected abstract Task<JobFolder> PrepareAsync(TJob job, CancellationToken lost);

    protected abstract TAttempt Begin(TJob job, JobFolder folder);

    /// <summary>True when the trainer has nothing left to do.</summary>
    protected abstract bool IsFinished(TJob job, JobFolder folder);

    /// <summary>The record with the newest numbers.</summary>
    protected abstract TJob WithNumbers(TJob job, TAttempt attempt);

    /// <summary>The record without the numbers that mean something only while it runs.</summary>
    protected abstract TJob AtRest(TJob job);

    /// <summary>Takes over what the trainer made, and releases the job as succeeded; null when the claim had been lost.</summary>
    protected abstract Task<TJob?> KeepResultAsync(HeldJob<TJob> held, TAttempt attempt, JobFolder folder);

    /// <summary>Why the trainer ended when it did not say so itself.</summary>
    protected abstract JobFailure FailureOf(TrainerExit exit, bool killedForMemory, TAttempt attempt);

    /// <summary>The record as it stands now.</summary>
    protected TJob Newest(TJob job) => board.Get(job.Id) ?? job;

    /// <summary>True when the trainer did all of it; otherwise the job is released as it stands.</summary>
    private async Task<bool> WorkAsync(HeldJob<TJob> held, JobFolder folder, TAttempt attempt)
    {
        var job = held.Job;
        var memoryKills = MemoryPressure.Kills();
        var follower = new JobFollower(() => board.Get(job.Id)?.Request, attempt.ReadEvents, () => held.Write(j => WithNumbers(j, attempt)));
        var exit = await process.RunAsync(Verb, folder, follower, held.Lost);
        logger.LogInformation("{JobId}: the trainer ended with exit code {Code}, state {State}", job.Id, exit.Code, attempt.State ?? "unknown");
        if (exit.Code == 0 && attempt.State is "succeeded")
        {
            return true;
        }

        Conclude(held, attempt, exit, MemoryPressure.Kills() > memoryKills && exit.Code == TrainerExit.Killed);
        return false;
    }

    private void Conclude(HeldJob<TJob> held, TAttempt attempt, TrainerExit exit, bool killedForMemory)
    {
        TJob? End(JobState state, JobFailure? failure = null) => held.Release(state, j => WithFailure(WithAttempts(AtRest(WithNumbers(j, attempt)), attempt), failure));

        if (board.Get(held.Job.Id)?.Request == ControlWords.Cancel || (exit.Code == 0 && attempt.State is "cancelled"))
        {
            End(JobState.Cancelled);
        }
        else if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            End(JobState.Interrupted);
        }
        else if (exit.Code == 0 && attempt.State is "paused")
        {
            End(JobState.Paused);
        }
        else if (attempt.Failure is { } failure)
        {
            End(JobState.Failed, failure);
        }
        else if (exit.Signal is not null && !killedForMemory && (attempt.MovedOn || held.Job.Attempts < MaxAttempts))
        {
            logger.LogWarning("{JobId}: the trainer was ended by {Signal}; it goes on from what is kept", held.Job.Id, exit.Signal);
            if (End(JobState.Interrupted) is { } interrupted)
            {
                board.Dispatch(interrupted);
            }
        }
        else
        {
            End(JobState.Failed, FailureOf(exit, killedForMemory, attempt));
        }
    }

    private static TJob WithFailure(TJob job, JobFailure? failure) => (TJob)((LeasedJob)job with { Failure = failure });

    private static TJob WithAttempts(TJob job, TAttempt attempt) => (TJob)((LeasedJob)job with { Attempts = attempt.MovedOn ? 0 : job.Attempts });
}
