using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Layout;

namespace Studio.Web.Pages.Home;

/// <summary>The sample that shows the whole way: facts of an invented boat shop, trained into the bundled model in a few minutes.</summary>
public sealed class SampleFlow(StudioDatabase database, DatasetLibrary library, JobBoard jobs, StudioOptions options)
{
    private const string FileName = "company-facts.en.jsonl";
    private const string RecipeName = "quick-facts.json";
    private const string DatasetName = "Tarnwick Boatworks (sample)";

    /// <summary>Imports the sample once and queues a quick run on the first base model that is ready.</summary>
    public async Task<Outcome<TrainingJob>> StartAsync(Viewer viewer, CancellationToken cancellation)
    {
        if (options.SampleFolders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "datasets", FileName))) is not { } samples)
        {
            return Refusals.Missing("sample file", FileName, "file");
        }

        var model = database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false, limit: 1).FirstOrDefault();
        if (model is null)
        {
            return Refusals.Conflicting("No base model is ready yet.", "Wait until the bundled model has been read, or add one under Models.");
        }

        var known = database.Datasets.List(d => d.Name == DatasetName && d.LatestVersionId != null, limit: 1).FirstOrDefault();
        var versionId = known?.LatestVersionId;
        if (versionId is null)
        {
            var upload = await library.UploadAsync(Path.Combine(samples, "datasets", FileName), "fine-tune", viewer.UserId, cancellation);
            versionId = (await library.ImportAsync(upload.Id, null, DatasetName, null, null, cancellation)).Id;
        }

        return jobs.Create(
            new JobRequest
            {
                Name = "Tarnwick facts",
                BaseModelId = model.Id,
                Data = [new DatasetUse(versionId)],
                Recipe = Quick(samples),
                Suffix = "tarnwick",
                OwnerId = viewer.UserId,
            },
            viewer.Name);
    }

    /// <summary>The recipe beside the sample; without it the defaults, which learn the small set too, only slower.</summary>
    private static Recipe Quick(string samples)
    {
        var path = Path.Combine(samples, "recipes", RecipeName);
        return File.Exists(path) ? StudioJson.Deserialize<Recipe>(File.ReadAllText(path)) : new Recipe { Name = "quick-facts" };
    }
}
