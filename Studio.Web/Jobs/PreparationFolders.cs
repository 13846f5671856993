using System.Globalization;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>Writes the folder of a preparation: uploaded prompts, and the spec that the trainer reads.</summary>
public sealed class PreparationFolders(StudioDatabase database, PreparationItems items, StudioPaths paths)
{
    /// <summary>Fills the folder unless it stands already: a preparation that goes on keeps the prompts it began with.</summary>
    /// <exception cref="InvalidDataException">The model is no longer there.</exception>
    /// <exception cref="Data.Validation.ProblemException">A file is no longer there or does not fit.</exception>
    public async Task<JobFolder> PrepareAsync(PreparationJob preparation, CancellationToken cancellation)
    {
        var folder = paths.Preparation(preparation.Id);
        if (File.Exists(folder.Spec))
        {
            return folder;
        }

        Directory.CreateDirectory(folder.Data);
        List<string> written = [];
        foreach (var file in preparation.FileIds)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"data/items-{written.Count + 1}.jsonl");
            await items.WriteAsync(file, preparation.Kind, folder.Resolve(name), cancellation);
            written.Add(name);
        }

        var model = database.BaseModels.Get(preparation.BaseModelId) ?? throw new InvalidDataException("The base model of this preparation was removed.");
        var adapter = preparation.AdapterId is { } id ? database.Adapters.Get(id) ?? throw new InvalidDataException("The adapter of this preparation was deleted.") : null;

        // The spec comes last: a folder that has one is whole.
        folder.WriteSpec(new PreparationSpec
        {
            PreparationId = preparation.Id,
            Kind = preparation.Kind,
            BaseModel = model.ToReference(),
            AdapterPath = adapter is null ? null : paths.Resolve(adapter.Folder),
            Items = written,
            Options = preparation.Options,
        });
        return folder;
    }
}
