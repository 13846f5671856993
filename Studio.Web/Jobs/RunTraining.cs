using Studio.Data.Jobs;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>Runs one training; what it leaves behind is an adapter, which may be scored or trained further.</summary>
public sealed class RunTraining(
    JobPreparation preparation,
    JobResults results,
    AdapterLibrary adapters,
    EvaluationBoard evaluations,
    JobStages stages,
    JobLeases<TrainingJob> leases,
    JobBoard board,
    JobQueue queue,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunTraining> logger)
    : JobRun<TrainingJob, TrainingAttempt>(leases, board, queue, process, lifetime, time, logger)
{
    protected override string Verb => "train";

    protected override Task<JobFolder> PrepareAsync(TrainingJob job, CancellationToken lost) => preparation.PrepareAsync(job, lost);

    protected override TrainingAttempt Begin(TrainingJob job, JobFolder folder) => new(job, folder);

    protected override bool IsFinished(TrainingJob job, JobFolder folder) => results.IsFinished(job, folder);

    protected override TrainingJob WithNumbers(TrainingJob job, TrainingAttempt attempt) => job with { Progress = attempt.Progress };

    protected override TrainingJob AtRest(TrainingJob job) => job with { Progress = job.Progress with { EtaSeconds = null, TokensPerSecond = null } };

    protected override async Task<TrainingJob?> KeepResultAsync(HeldJob<TrainingJob> held, TrainingAttempt attempt, JobFolder folder)
    {
        var job = held.Job;
        var adapter = await adapters.RegisterResultAsync(Newest(job), attempt.LastMetrics, held.Lost);
        var file = await results.WriteAsync(job, held.Lost);

        // Of a chain only the end is scored.
        if (job.Recipe.Stages.Count > 0)
        {
            await stages.QueueNextAsync(job, adapter, held.Lost);
        }
        else
        {
            evaluations.CreateAfterTraining(job, adapter);
        }

        return held.Release(JobState.Succeeded, j => j with { Progress = attempt.Progress with { EtaSeconds = null }, AdapterId = adapter.Id, ResultFileId = file, Failure = null });
    }

    protected override JobFailure FailureOf(TrainerExit exit, bool killedForMemory, TrainingAttempt attempt) => JobFailures.Of(exit, killedForMemory, attempt.Progress.Step);
}
