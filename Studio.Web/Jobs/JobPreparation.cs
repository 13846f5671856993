using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>Writes a job folder: the data, already split and mixed, and the spec that the trainer reads.</summary>
public sealed class JobPreparation(StudioDatabase database, DatasetLibrary datasets, StudioPaths paths)
{
    /// <summary>Fills the folder of a job unless it stands already (a resumed job goes on with the data it began with).</summary>
    public async Task<JobFolder> PrepareAsync(TrainingJob job, CancellationToken cancellation)
    {
        var folder = paths.Job(job.Id);
        if (!File.Exists(folder.Spec))
        {
            await WriteAsync(folder, job.Id, job.Name, job.BaseModelId, job.StartAdapterId, job.Recipe, job.Data, job.ValidationVersionId, cancellation);
        }

        return folder;
    }

    /// <summary>The same for a request that is only checked.</summary>
    public Task PrepareAsync(JobFolder folder, JobRequest request, CancellationToken cancellation) =>
        WriteAsync(folder, "check", request.Name, request.BaseModelId, request.StartAdapterId, request.Recipe, request.Data, request.ValidationVersionId, cancellation);

    private async Task WriteAsync(
        JobFolder folder, string jobId, string name, string baseModelId, string? startAdapterId, Recipe recipe, IReadOnlyList<DatasetUse> data, string? validationVersionId, CancellationToken cancellation)
    {
        var model = database.BaseModels.Get(baseModelId) ?? throw new InvalidDataException($"The base model {baseModelId} was removed.");
        Directory.CreateDirectory(folder.Data);
        await datasets.ExportSplitAsync(data, recipe.Data.ValidationShare, recipe.Optimization.Seed, validationVersionId, folder, cancellation);

        var validation = new FileInfo(Path.Combine(folder.Data, "validation.jsonl"));

        // The spec comes last: a folder that has one is whole.
        folder.WriteSpec(new JobSpec
        {
            JobId = jobId,
            Name = name,
            BaseModel = model.ToReference(),
            StartAdapterPath = startAdapterId is null ? null : paths.Resolve(StartAdapter(startAdapterId).Folder),
            Recipe = NamedModels.Resolve(recipe, baseModelId, database, paths),
            ValidationData = validation.Exists && validation.Length > 0 ? "data/validation.jsonl" : null,
            Data = [.. data.Select(Reference)],
        });
    }

    private Adapter StartAdapter(string id) => database.Adapters.Get(id) ?? throw new InvalidDataException($"The adapter {id} to start from was deleted.");

    private DataReference Reference(DatasetUse use)
    {
        var version = database.DatasetVersions.Get(use.DatasetVersionId) ?? throw new InvalidDataException($"The dataset version {use.DatasetVersionId} was deleted.");
        var dataset = database.Datasets.Get(version.DatasetId);
        return new DataReference(version.DatasetId, version.Id, dataset?.Name ?? version.FileName, version.Number, version.ContentSha256 ?? "", version.ValidRows, use.Weight) { Licence = dataset?.Licence };
    }
}
