using Hangfire;
using Studio.Web.Grading;

namespace Studio.Web.Jobs;

/// <summary>Runs an eval of an API client in the background; the run's record shows how far it is.</summary>
public sealed class RunGrading(GradedRuns runs)
{
    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync(string runId) => runs.RunAsync(runId);
}
