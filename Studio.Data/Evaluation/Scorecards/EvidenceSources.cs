using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Registry;

namespace Studio.Data.Evaluation.Scorecards;

/// <summary>The records that evidence is counted from: of a whole installation, or of one adapter and what it comes from.</summary>
public sealed record EvidenceSources
{
    public IReadOnlyList<Dataset> Datasets { get; init; } = [];

    public IReadOnlyList<DatasetVersion> Versions { get; init; } = [];

    public IReadOnlyList<TrainingJob> Jobs { get; init; } = [];

    public IReadOnlyList<BaseModel> BaseModels { get; init; } = [];

    public IReadOnlyList<Adapter> Adapters { get; init; } = [];

    public IReadOnlyList<EvaluationJob> Evaluations { get; init; } = [];

    public IReadOnlyList<Deployment> Deployments { get; init; } = [];

    public IReadOnlyList<AuditEntry> Audit { get; init; } = [];

    /// <summary>Only what one adapter comes from and what was done with it: its job and those before it, their data, its base, its evaluations and deployments.</summary>
    public EvidenceSources Of(Adapter adapter)
    {
        HashSet<string> adapters = new(StringComparer.Ordinal) { adapter.Id }, jobs = new(StringComparer.Ordinal), versions = new(StringComparer.Ordinal);
        for (var next = adapter; next is not null;)
        {
            versions.UnionWith(next.DatasetVersionIds);
            jobs.Add(next.JobId);
            var start = Jobs.FirstOrDefault(j => j.Id == next.JobId)?.StartAdapterId;
            next = start is null || !adapters.Add(start) ? null : Adapters.FirstOrDefault(a => a.Id == start);
        }

        foreach (var job in Jobs.Where(j => jobs.Contains(j.Id)))
        {
            versions.UnionWith(job.Data.Select(d => d.DatasetVersionId));
        }

        var own = Versions.Where(v => versions.Contains(v.Id)).ToList();
        return this with
        {
            Versions = own,
            Datasets = [.. Datasets.Where(d => own.Exists(v => v.DatasetId == d.Id))],
            Jobs = [.. Jobs.Where(j => jobs.Contains(j.Id))],
            BaseModels = [.. BaseModels.Where(b => b.Id == adapter.BaseModelId)],
            Adapters = [.. Adapters.Where(a => adapters.Contains(a.Id))],
            Evaluations = [.. Evaluations.Where(e => e.AdapterId is { } id && adapters.Contains(id))],
            Deployments = [.. Deployments.Where(d => adapters.Contains(d.AdapterId))],
        };
    }
}
