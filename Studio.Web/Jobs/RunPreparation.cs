using System.Globalization;
using System.Text.Json;
using Hangfire;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;

namespace Studio.Web.Jobs;

/// <summary>Runs one preparation as <see cref="RunTraining"/> runs a training: claim, folder, process, rows. Answers that the base gave survive whatever happens.</summary>
public sealed class RunPreparation(
    JobLeases<PreparationJob> leases,
    PreparationBoard board,
    JobQueue queue,
    PreparationFolders folders,
    PreparedReviews reviews,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunPreparation> logger)
{
    private readonly string worker = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string preparationId)
    {
        queue.Taken(preparationId);
        if (lifetime.ApplicationStopping.IsCancellationRequested || leases.Claim(preparationId, worker) is not { } preparation)
        {
            return;
        }

        logger.LogInformation("Preparation {PreparationId} ({Name}) starts, attempt {Attempt}", preparation.Id, preparation.Name, preparation.Attempts);
        using var lost = new CancellationTokenSource();
        using var heartbeat = time.CreateTimer(_ => Renew(preparation, lost), null, leases.Heartbeat, leases.Heartbeat);
        try
        {
            var folder = await folders.PrepareAsync(preparation, lost.Token);
            var progress = new ItemProgress(folder, preparation.Done, preparation.Total);

            // The trainer writes the result as its last act; then the host died before it put it down.
            if (!File.Exists(ResultFile(folder)))
            {
                var memoryKills = MemoryPressure.Kills();
                var follower = new JobFollower(() => board.Get(preparation.Id)?.Request, progress.ReadEvents, () => leases.Write(preparation.Id, worker, preparation.Fence, p => Shown(p, progress)));
                var exit = await process.RunAsync("prepare", folder, follower, lost.Token);
                logger.LogInformation("Preparation {PreparationId}: the trainer ended with exit code {Code}, state {State}", preparation.Id, exit.Code, progress.State ?? "unknown");
                if (exit.Code != 0 || progress.State is not "succeeded")
                {
                    Conclude(preparation, progress, exit, MemoryPressure.Kills() > memoryKills && exit.Code == TrainerExit.Killed);
                    return;
                }
            }

            var result = await ReadAsync(folder, lost.Token);
            if (leases.Release(preparation.Id, worker, preparation.Fence, JobState.Succeeded, p => Shown(p, progress) with { Done = Math.Max(progress.Done, progress.Total), EtaSeconds = null, Phase = null, Result = result, Failure = null }) is not null)
            {
                reviews.Begin(preparation.Id);
            }

            File.Delete(folder.Control);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            logger.LogWarning("Preparation {PreparationId} is no longer this worker's; it stops writing", preparation.Id);
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "Preparation {PreparationId} failed in the host", preparation.Id);
            leases.Release(preparation.Id, worker, preparation.Fence, JobState.Failed, p => p with { Failure = JobFailures.Of(fault) });
        }
    }

    /// <summary>The record with the newest numbers.</summary>
    private static PreparationJob Shown(PreparationJob preparation, ItemProgress progress) => preparation with { Done = progress.Done, Total = progress.Total, Phase = progress.State, EtaSeconds = progress.EtaSeconds };

    private void Conclude(PreparationJob preparation, ItemProgress progress, TrainerExit exit, bool killedForMemory)
    {
        PreparationJob Kept(PreparationJob p) => Shown(p, progress) with { EtaSeconds = null, Phase = null, Attempts = progress.MovedOn ? 0 : p.Attempts };
        void End(JobState state, JobFailure? failure = null) => leases.Release(preparation.Id, worker, preparation.Fence, state, p => Kept(p) with { Failure = failure });

        if (board.Get(preparation.Id)?.Request == JobBoard.CancelRequest || (exit.Code == 0 && progress.State is "cancelled"))
        {
            End(JobState.Cancelled);
        }
        else if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            End(JobState.Interrupted);
        }
        else if (exit.Code == 0 && progress.State is "paused")
        {
            End(JobState.Paused);
        }
        else if (progress.Failure is { } failure)
        {
            End(JobState.Failed, failure);
        }
        else if (exit.Signal is not null && !killedForMemory && (progress.MovedOn || preparation.Attempts < RunTraining.MaxAttempts))
        {
            logger.LogWarning("Preparation {PreparationId}: the trainer was ended by {Signal}; it goes on with the prompts that are left", preparation.Id, exit.Signal);
            if (leases.Release(preparation.Id, worker, preparation.Fence, JobState.Interrupted, Kept) is not null)
            {
                queue.EnqueuePreparation(preparation.Id);
            }
        }
        else
        {
            End(JobState.Failed, JobFailures.Of(exit, killedForMemory, step: 0));
        }
    }

    private static async Task<PreparationResult> ReadAsync(JobFolder folder, CancellationToken cancellation)
    {
        try
        {
            return StudioJson.Deserialize<PreparationResult>(await File.ReadAllTextAsync(ResultFile(folder), cancellation));
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"The result of the preparation is damaged: {fault.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new InvalidDataException("The preparation ended without writing its result.");
        }
    }

    private void Renew(PreparationJob preparation, CancellationTokenSource lost)
    {
        try
        {
            if (leases.Renew(preparation.Id, worker, preparation.Fence) is null)
            {
                lost.Cancel();
            }
        }
        catch (Exception fault) when (fault is Data.Store.StoreException or ObjectDisposedException)
        {
            // A store that cannot write now may in five seconds; the lease outlives several beats.
            logger.LogWarning("The heartbeat of {PreparationId} could not be written: {Reason}", preparation.Id, fault.Message);
        }
    }

    private static string ResultFile(JobFolder folder) => Path.Combine(folder.Root, "result.json");
}
