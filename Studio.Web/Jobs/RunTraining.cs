using System.Globalization;
using Hangfire;
using Studio.Data.Jobs;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>
/// Runs one job: claim it, write its folder, start the trainer, follow it, and put down how it ended. Hangfire may call this twice for a
/// job or after a crash; the claim decides, so a job trains once.
/// </summary>
public sealed class RunTraining(
    JobLeases<TrainingJob> leases,
    JobBoard board,
    JobQueue queue,
    JobPreparation preparation,
    JobResults results,
    JobProcess process,
    AdapterLibrary adapters,
    EvaluationBoard evaluations,
    JobStages stages,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunTraining> logger)
{
    /// <summary>Attempts without a new checkpoint before a job counts as failed.</summary>
    public const int MaxAttempts = 3;

    private readonly string worker = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string jobId)
    {
        queue.Taken(jobId);
        if (lifetime.ApplicationStopping.IsCancellationRequested || leases.Claim(jobId, worker) is not { } job)
        {
            return;
        }

        logger.LogInformation("Job {JobId} ({Name}) starts, attempt {Attempt}", job.Id, job.Name, job.Attempts);
        using var lost = new CancellationTokenSource();
        using var heartbeat = time.CreateTimer(_ => Renew(job, lost), null, leases.Heartbeat, leases.Heartbeat);
        try
        {
            var folder = await preparation.PrepareAsync(job, lost.Token);
            var run = new TrainingRun(job, folder);
            if (!results.IsFinished(job, folder))
            {
                var memoryKills = MemoryPressure.Kills();
                var exit = await TrainAsync(run, folder, lost.Token);
                if (!Succeeded(run, exit))
                {
                    Conclude(run, exit, MemoryPressure.Kills() > memoryKills && exit.Code == TrainerExit.Killed);
                    return;
                }
            }

            await KeepResultAsync(run, folder, lost.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            logger.LogWarning("Job {JobId} is no longer this worker's; it stops writing", job.Id);
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "Job {JobId} failed in the host", job.Id);
            leases.Release(job.Id, worker, job.Fence, JobState.Failed, j => j with { Failure = JobFailures.Of(fault) });
        }
    }

    private async Task<TrainerExit> TrainAsync(TrainingRun run, JobFolder folder, CancellationToken lost)
    {
        var follower = new JobFollower(
            () => board.Get(run.Job.Id)?.Request,
            run.ReadEvents,
            () => leases.Write(run.Job.Id, worker, run.Job.Fence, j => j with { Progress = run.Progress }));
        var exit = await process.RunAsync("train", folder, follower, lost);
        logger.LogInformation("Job {JobId}: the trainer ended with exit code {Code}, state {State}", run.Job.Id, exit.Code, run.State ?? "unknown");
        return exit;
    }

    private static bool Succeeded(TrainingRun run, TrainerExit exit) => exit.Code == 0 && run.State is "succeeded";

    private async Task KeepResultAsync(TrainingRun run, JobFolder folder, CancellationToken lost)
    {
        var job = run.Job;
        var adapter = await adapters.RegisterResultAsync(board.Get(job.Id) ?? job, run.LastMetrics, lost);
        var file = await results.WriteAsync(job, lost);

        // Of a chain only the end is scored.
        if (job.Recipe.Stages.Count > 0)
        {
            await stages.QueueNextAsync(job, adapter, lost);
        }
        else
        {
            evaluations.CreateAfterTraining(job, adapter);
        }

        if (leases.Release(job.Id, worker, job.Fence, JobState.Succeeded, j => j with { Progress = run.Progress with { EtaSeconds = null }, AdapterId = adapter.Id, ResultFileId = file, Failure = null }) is null)
        {
            return;
        }

        File.Delete(folder.Control);
        logger.LogInformation("Job {JobId} succeeded: {ModelName}", job.Id, adapter.ModelName);
    }

    private void Conclude(TrainingRun run, TrainerExit exit, bool killedForMemory)
    {
        var job = run.Job;
        var request = board.Get(job.Id)?.Request;
        TrainingJob Kept(TrainingJob j) => j with { Progress = run.Progress with { EtaSeconds = null, TokensPerSecond = null }, Attempts = run.MovedOn ? 0 : j.Attempts };

        if (request == JobBoard.CancelRequest || (exit.Code == 0 && run.State is "cancelled"))
        {
            leases.Release(job.Id, worker, job.Fence, JobState.Cancelled, Kept);
        }
        else if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            leases.Release(job.Id, worker, job.Fence, JobState.Interrupted, Kept);
        }
        else if (exit.Code == 0 && run.State is "paused")
        {
            leases.Release(job.Id, worker, job.Fence, JobState.Paused, Kept);
        }
        else if (run.Failure is { } failure)
        {
            leases.Release(job.Id, worker, job.Fence, JobState.Failed, j => Kept(j) with { Failure = failure });
        }
        else if (exit.Signal is not null && !killedForMemory && (run.MovedOn || job.Attempts < MaxAttempts))
        {
            logger.LogWarning("Job {JobId}: the trainer was ended by {Signal}; it resumes from its newest checkpoint", job.Id, exit.Signal);
            if (leases.Release(job.Id, worker, job.Fence, JobState.Interrupted, Kept) is not null)
            {
                queue.EnqueueTraining(job.Id);
            }
        }
        else
        {
            leases.Release(job.Id, worker, job.Fence, JobState.Failed, j => Kept(j) with { Failure = JobFailures.Of(exit, killedForMemory, run.Progress.Step) });
        }
    }

    private void Renew(TrainingJob job, CancellationTokenSource lost)
    {
        try
        {
            if (leases.Renew(job.Id, worker, job.Fence) is null)
            {
                lost.Cancel();
            }
        }
        catch (Exception fault) when (fault is Data.Store.StoreException or ObjectDisposedException)
        {
            // A store that cannot write now may in five seconds; the lease outlives several beats.
            logger.LogWarning("The heartbeat of {JobId} could not be written: {Reason}", job.Id, fault.Message);
        }
    }
}
