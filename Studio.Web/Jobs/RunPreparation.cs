using Studio.Data.Jobs;
using Studio.Data.Preparation;

namespace Studio.Web.Jobs;

/// <summary>Runs one preparation; answers that the base gave survive whatever happens, and the rows go to review.</summary>
public sealed class RunPreparation(
    PreparationFolders folders,
    PreparedReviews reviews,
    JobLeases<PreparationJob> leases,
    PreparationBoard board,
    JobQueue queue,
    JobProcess process,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RunPreparation> logger)
    : JobRun<PreparationJob, ItemAttempt>(leases, board, queue, process, lifetime, time, logger)
{
    protected override string Verb => "prepare";

    protected override Task<JobFolder> PrepareAsync(PreparationJob job, CancellationToken lost) => folders.PrepareAsync(job, lost);

    protected override ItemAttempt Begin(PreparationJob job, JobFolder folder) => new(folder, job.Done, job.Total);

    protected override bool IsFinished(PreparationJob job, JobFolder folder) => File.Exists(folder.Result);

    protected override PreparationJob WithNumbers(PreparationJob job, ItemAttempt attempt) => job with { Done = attempt.Done, Total = attempt.Total, Phase = attempt.State, EtaSeconds = attempt.EtaSeconds };

    protected override PreparationJob AtRest(PreparationJob job) => job with { Phase = null, EtaSeconds = null };

    protected override Task<PreparationJob?> KeepResultAsync(HeldJob<PreparationJob> held, ItemAttempt attempt, JobFolder folder)
    {
        var result = ItemResults.Read<PreparationResult>(folder, "preparation");
        var kept = held.Release(JobState.Succeeded, p => AtRest(p) with { Done = Math.Max(attempt.Done, attempt.Total), Total = attempt.Total, Result = result, Failure = null });
        if (kept is not null)
        {
            reviews.Begin(kept.Id);
        }

        return Task.FromResult(kept);
    }

    protected override JobFailure FailureOf(TrainerExit exit, bool killedForMemory, ItemAttempt attempt) => JobFailures.OfItems(exit, killedForMemory, "preparation");
}
