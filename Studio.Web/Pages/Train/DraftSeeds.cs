using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Api;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Train;

/// <summary>What an address names to begin a draft with.</summary>
/// <param name="FromJob">A run whose settings are taken.</param>
/// <param name="Fix">Code of the failure that is to be avoided this time.</param>
/// <param name="Version">A dataset version.</param>
/// <param name="Dataset">A dataset, whose newest version is taken.</param>
/// <param name="Model">Id or name of a base model.</param>
/// <param name="StartAdapter">An adapter to train further.</param>
/// <param name="Preparation">A preparation whose rows are trained.</param>
/// <param name="Recipe">Name of a recipe that comes with Studio.</param>
internal sealed record DraftSeed(string? FromJob, string? Fix, string? Version, string? Dataset, string? Model, string? StartAdapter, string? Goal, string? Preparation, string? Recipe);

/// <summary>Makes drafts of what an address names.</summary>
internal sealed class DraftSeeds(StudioDatabase database, JobBoard board, StudioOptions options)
{
    /// <summary>An empty draft; a base model that is the only one is chosen already.</summary>
    public TrainDraft Fresh()
    {
        var ready = database.BaseModels.List(m => m.State == BaseModelState.Ready);
        return new TrainDraft { Id = Drafts.NewId(), BaseModelId = ready is [var only] ? only.Id : null };
    }

    /// <summary>A draft with what the seed names; what is no longer there is passed over.</summary>
    public TrainDraft Make(DraftSeed seed, string? userId)
    {
        var fresh = Fresh();
        if (seed.FromJob is { } clone && board.Clone(clone, userId) is { Succeeded: true, Value: var request })
        {
            var recipe = Fixes.Apply(seed.Fix, request.Recipe);
            fresh = fresh with { Name = request.Name, Suffix = request.Suffix, Goal = recipe.Goal, Preparation = new DraftPreparation { OwnData = true }, Data = request.Data, ValidationVersionId = request.ValidationVersionId, BaseModelId = request.BaseModelId, StartAdapterId = request.StartAdapterId, Recipe = recipe, Offered = seed.Fix is null ? null : request.Recipe, FromJobId = clone, Fix = seed.Fix, Advanced = true };
        }

        var version = seed.Version ?? (seed.Dataset is { } id ? database.Datasets.Get(id)?.LatestVersionId : null);
        if (version is not null && database.DatasetVersions.Get(version) is { State: DatasetState.Ready })
        {
            fresh = fresh with { Data = [new DatasetUse(version)] };
        }

        if (seed.Model is { } model && database.BaseModels.List(m => m.Id == model || m.Name == model, limit: 1) is [var known])
        {
            fresh = fresh with { BaseModelId = known.Id };
        }

        if (seed.StartAdapter is { } start && database.Adapters.Get(start) is { } adapter)
        {
            fresh = fresh with { StartAdapterId = adapter.Id, BaseModelId = adapter.BaseModelId };
        }

        if (seed.Goal is { } goal && Goals.Offered.FirstOrDefault(g => g.Name == goal) is { } wanted)
        {
            fresh = fresh.For(wanted);
        }

        if (seed.Preparation is { } prepared && database.Preparations.Get(prepared) is { } made && Goals.Offered.FirstOrDefault(g => g.Preparation == made.Kind) is { } its)
        {
            fresh = fresh.For(its) with { BaseModelId = made.BaseModelId, Preparation = new DraftPreparation { JobId = made.Id, Options = made.Options.DeepClone().AsObject(), FileIds = made.FileIds } };
        }

        if (seed.Recipe is { } name && RecipesApi.Shipped(options).FirstOrDefault(r => r.Name == name) is { } shipped)
        {
            fresh = fresh with { Goal = shipped.Goal, Recipe = shipped, Offered = shipped };
        }

        return fresh;
    }
}
