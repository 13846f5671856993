using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Graded;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Registry;
using Studio.Data.Reviews;

namespace Studio.Data.Store;

/// <summary>The collections of Studio: the only file that names them. <see cref="Lite"/> opens the embedded one.</summary>
public abstract class StudioDatabase : IDisposable
{
    public abstract IRepository<UploadedFile> Files { get; }

    public abstract IRepository<Dataset> Datasets { get; }

    public abstract IRepository<DatasetVersion> DatasetVersions { get; }

    public abstract IRepository<BaseModel> BaseModels { get; }

    public abstract IRepository<TrainingJob> Jobs { get; }

    public abstract IRepository<Adapter> Adapters { get; }

    public abstract IRepository<Deployment> Deployments { get; }

    public abstract IRepository<EvaluationJob> Evaluations { get; }

    public abstract IRepository<PreparationJob> Preparations { get; }

    public abstract IRepository<GradedEval> GradedEvals { get; }

    public abstract IRepository<GradedRun> GradedRuns { get; }

    public abstract IRepository<ApiKey> ApiKeys { get; }

    public abstract IRepository<User> Users { get; }

    public abstract IRepository<AuditEntry> Audit { get; }

    public abstract IRepository<ReleasePolicy> Policies { get; }

    public abstract IRepository<OverrideRequest> Overrides { get; }

    public abstract IRepository<Vote> Votes { get; }

    public abstract IRepository<Setting> Settings { get; }

    /// <summary>Flushes what is in memory into the file; called at milestones.</summary>
    public abstract void Checkpoint();

    /// <summary>Writes a consistent copy of the store to <paramref name="path"/>.</summary>
    public abstract void CopyTo(string path);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
