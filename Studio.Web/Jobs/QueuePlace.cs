using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>Where a job stands in the queue that trainings, evaluations and preparations share.</summary>
public static class QueuePlace
{
    /// <summary>Jobs that run, or were queued before this one; 0 for a job that does not wait.</summary>
    public static int Ahead(StudioDatabase database, LeasedJob job)
    {
        bool Before(LeasedJob other) => other.Id != job.Id && (other.State == JobState.Running || (other.State == JobState.Queued && other.CreatedAt < job.CreatedAt));
        return job.State != JobState.Queued ? 0 : database.Jobs.List(Before).Count + database.Evaluations.List(Before).Count + database.Preparations.List(Before).Count;
    }
}
