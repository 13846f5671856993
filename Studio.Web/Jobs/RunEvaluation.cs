using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>Runs one evaluation; answered items survive whatever happens.</summary>
public sealed class RunEvaluation(
    EvaluationPreparation preparation,
    JobLeases<EvaluationJob> leases,
    EvaluationBoard board,
    JobQueue queue,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunEvaluation> logger)
    : JobRun<EvaluationJob, ItemAttempt>(leases, board, queue, process, lifetime, time, logger)
{
    protected override string Verb => "evaluate";

    protected override Task<JobFolder> PrepareAsync(EvaluationJob job, CancellationToken lost) => preparation.PrepareAsync(job, lost);

    protected override ItemAttempt Begin(EvaluationJob job, JobFolder folder) => new(folder, job.Done, job.Total);

    protected override bool IsFinished(EvaluationJob job, JobFolder folder) => File.Exists(folder.Result);

    protected override EvaluationJob WithNumbers(EvaluationJob job, ItemAttempt attempt) => job with { Done = attempt.Done, Total = attempt.Total, Suite = attempt.Part, EtaSeconds = attempt.EtaSeconds };

    protected override EvaluationJob AtRest(EvaluationJob job) => job with { Suite = null, EtaSeconds = null };

    protected override Task<EvaluationJob?> KeepResultAsync(HeldJob<EvaluationJob> held, ItemAttempt attempt, JobFolder folder)
    {
        var result = ItemResults.Read<EvaluationResult>(folder, "evaluation");
        return Task.FromResult(held.Release(JobState.Succeeded, e => AtRest(e) with { Done = Math.Max(attempt.Done, attempt.Total), Total = attempt.Total, Result = result, Failure = null }));
    }

    protected override JobFailure FailureOf(TrainerExit exit, bool killedForMemory, ItemAttempt attempt) => JobFailures.OfItems(exit, killedForMemory, "evaluation");
}
