using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Dashboard;
using Hangfire.InMemory;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Grading;

namespace Studio.Web.Jobs;

/// <summary>Hangfire and what runs under it.</summary>
internal static class JobSetup
{
    private static readonly TimeSpan SaveTime = TimeSpan.FromSeconds(40);

    public static void AddJobs(this IServiceCollection services, StudioOptions options)
    {
        AddLeases(services, d => d.Jobs);
        AddLeases(services, d => d.Evaluations);
        AddLeases(services, d => d.Preparations);
        services.AddSingleton<TrainerProgram>();
        services.AddSingleton<JobProcess>();
        services.AddSingleton<JobEvents>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<JobPreparation>();
        services.AddSingleton<JobBoard>();
        services.AddSingleton<JobResults>();
        services.AddSingleton<RunTraining>();
        services.AddSingleton<SuiteItemSources>();
        services.AddSingleton<EvaluationTargets>();
        services.AddSingleton<EvaluationBoard>();
        services.AddSingleton<EvaluationPreparation>();
        services.AddSingleton<EvaluationItems>();
        services.AddSingleton<EvaluationComparison>();
        services.AddSingleton<CapabilityCards>();
        services.AddSingleton<EvaluationEstimates>();
        services.AddSingleton<RunEvaluation>();
        services.AddSingleton<PreparationItems>();
        services.AddSingleton<PreparedReviews>();
        services.AddSingleton<PreparationBoard>();
        services.AddSingleton<PreparationFolders>();
        services.AddSingleton<RunPreparation>();
        services.AddSingleton<JobStages>();
        services.AddSingleton<GradedSource>();
        services.AddSingleton<GradedRuns>();
        services.AddSingleton<RunGrading>();
        services.AddSingleton<ValidateFiles>();
        services.AddSingleton<ImportFile>();
        services.AddHostedService<Recovery>();
        services.AddHostedService<StoreBackup>();

        // Registered here and not through Hangfire's static configuration, so that two hosts in one process do not share a queue.
        services.AddSingleton<JobStorage>(_ => new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(6) }));
        services.AddSingleton<JobActivator>(s => new AspNetCoreJobActivator(s.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire((provider, hangfire) => hangfire
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UseLogProvider(new HangfireLog(provider.GetRequiredService<ILoggerFactory>())));
        if (options.Role == HostRole.Web)
        {
            return;
        }

        // The number of workers of a queue is the limit of its device.
        Add(services, JobQueue.Training, options.Trainings);
        Add(services, JobQueue.Data, 2);
    }

    public static void MapJobDashboard(this WebApplication app, StudioOptions options) =>
        app.MapHangfireDashboard("/hangfire", new DashboardOptions
        {
            AppPath = "/",
            DashboardTitle = "Studio jobs",
            DisplayStorageConnectionString = false,

            // Not Hangfire's own filter for local requests: behind a proxy everything is local.
            Authorization = [new OwnerFilter()],
            IsReadOnlyFunc = _ => false,
        }).RequireAuthorization(AccessNames.Owner);

    private static void AddLeases<TJob>(IServiceCollection services, Func<StudioDatabase, IRepository<TJob>> jobs)
        where TJob : LeasedJob =>
        services.AddSingleton(s => new JobLeases<TJob>(jobs(s.GetRequiredService<StudioDatabase>()), s.GetRequiredService<TimeProvider>()));

    private static void Add(IServiceCollection services, string queue, int workers) => services.AddHangfireServer(o =>
    {
        o.ServerName = $"studio-{queue}";
        o.Queues = [queue];
        o.WorkerCount = workers;
        o.ShutdownTimeout = SaveTime;
        o.StopTimeout = SaveTime;
        o.SchedulePollingInterval = TimeSpan.FromSeconds(5);
        o.CancellationCheckInterval = TimeSpan.FromSeconds(5);
    });

    private sealed class OwnerFilter : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context) => context.GetHttpContext().User.IsInRole(nameof(Data.Access.Role.Owner));
    }
}
