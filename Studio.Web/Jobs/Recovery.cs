using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Store;
using Studio.Web.Serving;

namespace Studio.Web.Jobs;

/// <summary>
/// At start: nobody else can hold this store, so every lease of an earlier process is over. Running jobs become Interrupted, and each job that
/// may run is dispatched once. Later: leases that run out, which means that a worker of this process got stuck.
/// </summary>
public sealed class Recovery(StudioDatabase database, DatasetLibrary datasets, JobLeases<TrainingJob> leases, JobLeases<EvaluationJob> evaluationLeases, JobBoard board, EvaluationBoard evaluations, JobLeases<PreparationJob> preparationLeases, PreparationBoard preparations, JobQueue queue, EndpointRouter endpoints, StudioPaths paths, StudioOptions options, TimeProvider time, ILogger<Recovery> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(15);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        EmptyScratch();
        foreach (var version in datasets.RefuseInterruptedImports())
        {
            logger.LogInformation("The import of {File} was interrupted", version.FileName);
        }

        if (options.Role != HostRole.Web)
        {
            Interrupt(database.Jobs, j => j with { Lease = null });
            Interrupt(database.Evaluations, e => e with { Lease = null });
            Interrupt(database.Preparations, p => p with { Lease = null });
            foreach (var job in database.Jobs.List(j => !j.State.IsFinal() && j.State != JobState.Paused, newestFirst: false))
            {
                logger.LogInformation("Job {JobId} ({Name}) was {State} and is dispatched again", job.Id, job.Name, job.State);
                board.Dispatch(job);
            }

            foreach (var evaluation in database.Evaluations.List(e => e.State.IsClaimable(), newestFirst: false))
            {
                logger.LogInformation("Evaluation {EvaluationId} ({Name}) was {State} and is dispatched again", evaluation.Id, evaluation.Name, evaluation.State);
                evaluations.Dispatch(evaluation);
            }

            foreach (var preparation in database.Preparations.List(p => p.State.IsClaimable(), newestFirst: false))
            {
                logger.LogInformation("Preparation {PreparationId} ({Name}) was {State} and is dispatched again", preparation.Id, preparation.Name, preparation.State);
                preparations.Dispatch(preparation);
            }

            foreach (var run in database.GradedRuns.List(r => !r.IsFinal, newestFirst: false))
            {
                queue.EnqueueGrading(run.Id);
            }
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await endpoints.RecoverAsync(stoppingToken);
        using var timer = new PeriodicTimer(Round, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var job in leases.ExpireLeases())
                {
                    logger.LogWarning("The lease of job {JobId} ran out", job.Id);
                    board.Dispatch(job);
                }

                foreach (var evaluation in evaluationLeases.ExpireLeases())
                {
                    logger.LogWarning("The lease of evaluation {EvaluationId} ran out", evaluation.Id);
                    evaluations.Dispatch(evaluation);
                }

                foreach (var preparation in preparationLeases.ExpireLeases())
                {
                    logger.LogWarning("The lease of preparation {PreparationId} ran out", preparation.Id);
                    preparations.Dispatch(preparation);
                }

                // The record is the truth: what waits without being in Hangfire's hands was lost on the way.
                foreach (var job in options.Role == HostRole.Web ? [] : database.Jobs.List(j => (j.State.IsClaimable() || j.State == JobState.Validating) && !queue.Holds(j.Id)))
                {
                    board.Dispatch(job);
                }

                foreach (var evaluation in options.Role == HostRole.Web ? [] : database.Evaluations.List(e => e.State.IsClaimable() && !queue.Holds(e.Id)))
                {
                    evaluations.Dispatch(evaluation);
                }

                foreach (var preparation in options.Role == HostRole.Web ? [] : database.Preparations.List(p => p.State.IsClaimable() && !queue.Holds(p.Id)))
                {
                    preparations.Dispatch(preparation);
                }
            }
            catch (StoreException fault)
            {
                logger.LogWarning("Leases could not be checked: {Reason}", fault.Message);
            }
        }
    }

    private void Interrupt<TJob>(IRepository<TJob> jobs, Func<TJob, TJob> withoutLease)
        where TJob : LeasedJob
    {
        foreach (var job in jobs.List(j => j.State == JobState.Running))
        {
            jobs.Update(job.Id, j => j.State == JobState.Running ? JobClaims.Expire(withoutLease(j), time.GetUtcNow()) ?? j : j);
        }
    }

    private void EmptyScratch()
    {
        foreach (var folder in Directory.GetDirectories(paths.Scratch))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // Another try at the next start.
            }
        }
    }
}
