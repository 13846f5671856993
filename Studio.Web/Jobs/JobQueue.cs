using System.Collections.Concurrent;
using Hangfire;
using Studio.Data.Datasets;

namespace Studio.Web.Jobs;

/// <summary>Hands jobs to Hangfire. It only dispatches: whether a job runs is decided by its record, so a double dispatch is harmless.</summary>
public sealed class JobQueue(IBackgroundJobClient client)
{
    public const string Training = "training";
    public const string Data = "data";

    // Jobs that Hangfire holds now: what is claimable and not among them was lost on the way and is dispatched again.
    private readonly ConcurrentDictionary<string, byte> dispatched = new(StringComparer.Ordinal);

    public bool Holds(string jobId) => dispatched.ContainsKey(jobId);

    /// <summary>Called by a job's run when it begins.</summary>
    internal void Taken(string jobId) => dispatched.TryRemove(jobId, out _);

    public void EnqueueTraining(string jobId) => Dispatch(jobId, () => client.Enqueue<RunTraining>(Training, run => run.RunAsync(jobId)));

    /// <summary>Evaluations wait in the queue of trainings: both need the whole device.</summary>
    public void EnqueueEvaluation(string evaluationId) => Dispatch(evaluationId, () => client.Enqueue<RunEvaluation>(Training, run => run.RunAsync(evaluationId)));

    /// <summary>Preparations too: the base model answers with the whole device.</summary>
    public void EnqueuePreparation(string preparationId) => Dispatch(preparationId, () => client.Enqueue<RunPreparation>(Training, run => run.RunAsync(preparationId)));

    /// <summary>Evals of API clients ask the serving workers, so they do not wait for trainings.</summary>
    public void EnqueueGrading(string runId) => client.Enqueue<RunGrading>(Data, runs => runs.RunAsync(runId));

    /// <summary>Imports an uploaded file into the version that was begun for it.</summary>
    public void EnqueueImport(string versionId, ImportChoice? choice = null)
    {
        var columns = choice?.Columns is { Count: > 0 } mapping ? new Dictionary<string, string>(mapping) : null;
        client.Enqueue<ImportFile>(Data, run => run.RunAsync(versionId, choice == null ? null : choice.Format, columns));
    }

    /// <summary>Imports the files an API client named; the job is queued afterwards.</summary>
    public void EnqueueValidation(string jobId) => Dispatch(jobId, () => client.Enqueue<ValidateFiles>(Data, run => run.RunAsync(jobId)));

    // Noted first: a worker may take the job before the call returns.
    private void Dispatch(string jobId, Action enqueue)
    {
        dispatched[jobId] = 0;
        try
        {
            enqueue();
        }
        catch
        {
            dispatched.TryRemove(jobId, out _);
            throw;
        }
    }
}
