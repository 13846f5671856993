using System.Globalization;
using System.Text.RegularExpressions;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Registry;

namespace Studio.Web.Serving;

/// <summary>Every name a client may ask for: base models, aliases of endpoints, adapters, checkpoints.</summary>
public sealed partial class ModelDirectory(StudioDatabase database, JobResults results, JobEvents events, StudioPaths paths)
{
    public IReadOnlyList<ServedModel> List() =>
    [
        .. database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false).Select(Of),
        .. database.Adapters.List(newestFirst: false).Select(Of).OfType<ServedModel>(),
        .. database.Deployments.List(d => d.State is DeploymentState.Ready, newestFirst: false).Select(Of).OfType<ServedModel>(),
    ];

    public ServedModel? Find(string name)
    {
        if (database.Deployments.List(d => d.Alias == name && d.State is not (DeploymentState.Stopped or DeploymentState.Failed), limit: 1) is [var deployment])
        {
            return Of(deployment);
        }

        if (database.BaseModels.List(m => m.Name == name && m.State == BaseModelState.Ready, limit: 1) is [var model])
        {
            return Of(model);
        }

        if (database.Adapters.List(a => a.ModelName == name || a.Id == name, limit: 1) is [var adapter])
        {
            return Of(adapter) is { } served ? served with { Name = name } : null;
        }

        return FindCheckpoint(name);
    }

    /// <summary>The model of an adapter; null while its base model is missing, and for reward models, which do not chat.</summary>
    public ServedModel? Of(Adapter adapter) => adapter.Kind == AdapterLibrary.Reward ? null
        : adapter.Kind == AdapterLibrary.Full ? OfFull(adapter)
        : database.BaseModels.Get(adapter.BaseModelId) is { State: BaseModelState.Ready } model
        ? new ServedModel(adapter.ModelName, model, adapter.Id, paths.Resolve(adapter.Folder), adapter.Sha256, adapter.JobId) { CreatedAt = adapter.CreatedAt }
        : null;

    /// <summary>Names of the checkpoints of a job that can be asked for, by step.</summary>
    public string CheckpointName(TrainingJob job, int step) =>
        database.Adapters.List(a => a.JobId == job.Id && a.CheckpointStep is null, limit: 1) is [var adapter]
            ? string.Create(CultureInfo.InvariantCulture, $"{adapter.ModelName}:ckpt-step-{step}")
            : ModelNames.ForCheckpoint(database.BaseModels.Get(job.BaseModelId) ?? Gone(job), job.Suffix ?? job.Name, job.Id, step);

    // After full fine-tuning the result is a model of its own, with its own worker.
    private ServedModel? OfFull(Adapter adapter) => database.BaseModels.Get(adapter.BaseModelId) is { } model
        ? new ServedModel(adapter.ModelName, model with { Id = adapter.Id, Name = adapter.ModelName, Path = paths.Resolve(adapter.Folder), State = BaseModelState.Ready }, JobId: adapter.JobId) { CreatedAt = adapter.CreatedAt }
        : null;

    private static BaseModel Gone(TrainingJob job) => new() { Id = job.BaseModelId, CreatedAt = job.CreatedAt, Name = job.BaseModelId, Path = "" };

    private static ServedModel Of(BaseModel model) => new(model.Name, model) { CreatedAt = model.CreatedAt };

    private ServedModel? Of(Deployment deployment)
    {
        // While a new version is being proved, the one before it goes on answering.
        var id = deployment.State == DeploymentState.Ready ? deployment.AdapterId : deployment.PreviousAdapterIds.LastOrDefault();
        return id is not null && database.Adapters.Get(id) is { } adapter && Of(adapter) is { } served
            ? served with { Name = deployment.Alias, DeploymentId = deployment.Id, CreatedAt = deployment.CreatedAt }
            : null;
    }

    private ServedModel? FindCheckpoint(string name)
    {
        if (CheckpointPattern().Match(name) is not { Success: true } match || !int.TryParse(match.Groups["step"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            return null;
        }

        var job = database.Adapters.List(a => a.ModelName == match.Groups["model"].Value, limit: 1) is [var adapter]
            ? database.Jobs.Get(adapter.JobId)
            : database.Jobs.List(j => name == CheckpointName(j, step), limit: 1).FirstOrDefault();
        return job is not null
            && events.ReadAll(job.Id).Any(e => e.Checkpoint?.Step == step)
            && results.CheckpointAdapter(job.Id, step) is { } folder
            && database.BaseModels.Get(job.BaseModelId) is { State: BaseModelState.Ready } model
                ? new ServedModel(name, model, string.Create(CultureInfo.InvariantCulture, $"{job.Id}-step-{step}"), folder, null, job.Id) { CreatedAt = job.CreatedAt }
                : null;
    }

    [GeneratedRegex(@"^(?<model>ft:.{1,300}):ckpt-step-(?<step>\d{1,9})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CheckpointPattern();
}
