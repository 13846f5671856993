using System.Globalization;
using System.Text.Json;
using Hangfire;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>Runs one evaluation as <see cref="RunTraining"/> runs a training: claim, folder, process, result. Answered items survive whatever happens.</summary>
public sealed class RunEvaluation(
    JobLeases<EvaluationJob> leases,
    EvaluationBoard board,
    JobQueue queue,
    EvaluationPreparation preparation,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunEvaluation> logger)
{
    private readonly string worker = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string evaluationId)
    {
        queue.Taken(evaluationId);
        if (lifetime.ApplicationStopping.IsCancellationRequested || leases.Claim(evaluationId, worker) is not { } evaluation)
        {
            return;
        }

        logger.LogInformation("Evaluation {EvaluationId} ({Name}) starts, attempt {Attempt}", evaluation.Id, evaluation.Name, evaluation.Attempts);
        using var lost = new CancellationTokenSource();
        using var heartbeat = time.CreateTimer(_ => Renew(evaluation, lost), null, leases.Heartbeat, leases.Heartbeat);
        try
        {
            var folder = await preparation.PrepareAsync(evaluation, lost.Token);
            var progress = new ItemProgress(folder, evaluation.Done, evaluation.Total);

            // The trainer writes the result as its last act; then the host died before it put it down.
            if (!File.Exists(ResultFile(folder)))
            {
                var memoryKills = MemoryPressure.Kills();
                var follower = new JobFollower(() => board.Get(evaluation.Id)?.Request, progress.ReadEvents, () => leases.Write(evaluation.Id, worker, evaluation.Fence, e => Shown(e, progress)));
                var exit = await process.RunAsync("evaluate", folder, follower, lost.Token);
                logger.LogInformation("Evaluation {EvaluationId}: the trainer ended with exit code {Code}, state {State}", evaluation.Id, exit.Code, progress.State ?? "unknown");
                if (exit.Code != 0 || progress.State is not "succeeded")
                {
                    Conclude(evaluation, progress, exit, MemoryPressure.Kills() > memoryKills && exit.Code == TrainerExit.Killed);
                    return;
                }
            }

            var result = await ReadAsync(folder, lost.Token);
            leases.Release(evaluation.Id, worker, evaluation.Fence, JobState.Succeeded, e => Shown(e, progress) with { Done = Math.Max(progress.Done, progress.Total), EtaSeconds = null, Suite = null, Result = result, Failure = null });
            File.Delete(folder.Control);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            logger.LogWarning("Evaluation {EvaluationId} is no longer this worker's; it stops writing", evaluation.Id);
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "Evaluation {EvaluationId} failed in the host", evaluation.Id);
            leases.Release(evaluation.Id, worker, evaluation.Fence, JobState.Failed, e => e with { Failure = JobFailures.Of(fault) });
        }
    }

    /// <summary>The record with the newest numbers.</summary>
    private static EvaluationJob Shown(EvaluationJob evaluation, ItemProgress progress) => evaluation with { Done = progress.Done, Total = progress.Total, Suite = progress.Part, EtaSeconds = progress.EtaSeconds };

    private void Conclude(EvaluationJob evaluation, ItemProgress progress, TrainerExit exit, bool killedForMemory)
    {
        EvaluationJob Kept(EvaluationJob e) => Shown(e, progress) with { EtaSeconds = null, Attempts = progress.MovedOn ? 0 : e.Attempts };
        void End(JobState state, JobFailure? failure = null) => leases.Release(evaluation.Id, worker, evaluation.Fence, state, e => Kept(e) with { Failure = failure });

        if (board.Get(evaluation.Id)?.Request == JobBoard.CancelRequest || (exit.Code == 0 && progress.State is "cancelled"))
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
        else if (exit.Signal is not null && !killedForMemory && (progress.MovedOn || evaluation.Attempts < RunTraining.MaxAttempts))
        {
            logger.LogWarning("Evaluation {EvaluationId}: the trainer was ended by {Signal}; it goes on with the items that are left", evaluation.Id, exit.Signal);
            if (leases.Release(evaluation.Id, worker, evaluation.Fence, JobState.Interrupted, Kept) is not null)
            {
                queue.EnqueueEvaluation(evaluation.Id);
            }
        }
        else
        {
            End(JobState.Failed, JobFailures.OfEvaluation(exit, killedForMemory));
        }
    }

    private static async Task<EvaluationResult> ReadAsync(JobFolder folder, CancellationToken cancellation)
    {
        try
        {
            return StudioJson.Deserialize<EvaluationResult>(await File.ReadAllTextAsync(ResultFile(folder), cancellation));
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"The result of the evaluation is damaged: {fault.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new InvalidDataException("The evaluation ended without writing its result.");
        }
    }

    private void Renew(EvaluationJob evaluation, CancellationTokenSource lost)
    {
        try
        {
            if (leases.Renew(evaluation.Id, worker, evaluation.Fence) is null)
            {
                lost.Cancel();
            }
        }
        catch (Exception fault) when (fault is Data.Store.StoreException or ObjectDisposedException)
        {
            // A store that cannot write now may in five seconds; the lease outlives several beats.
            logger.LogWarning("The heartbeat of {EvaluationId} could not be written: {Reason}", evaluation.Id, fault.Message);
        }
    }

    private static string ResultFile(JobFolder folder) => Path.Combine(folder.Root, "result.json");
}
