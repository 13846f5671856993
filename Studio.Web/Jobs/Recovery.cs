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
public sealed class Recovery(
    StudioDatabase database,
    DatasetLibrary datasets,
    JobLeases<TrainingJob> trainingLeases,
    JobLeases<EvaluationJob> evaluationLeases,
    JobLeases<PreparationJob> preparationLeases,
    JobBoard trainings,
    EvaluationBoard evaluations,
    PreparationBoard preparations,
    JobQueue queue,
    EndpointRouter endpoints,
    StudioPaths paths,
    StudioOptions options,
    TimeProvider time,
    ILogger<Recovery> logger) : BackgroundService
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
            Restart(database.Jobs, trainings);
            Restart(database.Evaluations, evaluations);
            Restart(database.Preparations, preparations);
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
                Watch(trainingLeases, trainings);
                Watch(evaluationLeases, evaluations);
                Watch(preparationLeases, preparations);
            }
            catch (StoreException fault)
            {
                logger.LogWarning("Leases could not be checked: {Reason}", fault.Message);
            }
        }
    }

    private void Restart<TJob>(IRepository<TJob> jobs, Board<TJob> board)
        where TJob : LeasedJob
    {
        foreach (var job in jobs.List(j => j.State == JobState.Running))
        {
            jobs.Update(job.Id, j => j.State == JobState.Running ? JobClaims.Expire((TJob)((LeasedJob)j with { Lease = null }), time.GetUtcNow()) ?? j : j);
        }

        foreach (var job in jobs.List(board.Waits, newestFirst: false))
        {
            logger.LogInformation("{JobId} ({Name}) was {State} and is dispatched again", job.Id, job.Name, job.State);
            board.Dispatch(job);
        }
    }

    private void Watch<TJob>(JobLeases<TJob> leases, Board<TJob> board)
        where TJob : LeasedJob
    {
        foreach (var job in leases.ExpireLeases())
        {
            logger.LogWarning("The lease of {JobId} ran out", job.Id);
            board.Dispatch(job);
        }

        // The record is the truth: what waits without being in Hangfire's hands was lost on the way.
        foreach (var job in options.Role == HostRole.Web ? [] : board.List(j => board.Waits(j) && !queue.Holds(j.Id)))
        {
            board.Dispatch(job);
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
