using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>Writes the folder of an evaluation: items that are not a suite's own, and the spec that the trainer reads.</summary>
public sealed class EvaluationPreparation(StudioDatabase database, SuiteItemSources sources, JobResults results, StudioPaths paths)
{
    /// <summary>Fills the folder unless it stands already: an evaluation that goes on keeps the items it began with.</summary>
    /// <exception cref="InvalidDataException">The model is no longer there.</exception>
    /// <exception cref="ProblemException">Items are no longer there or do not fit.</exception>
    public async Task<JobFolder> PrepareAsync(EvaluationJob evaluation, CancellationToken cancellation)
    {
        var folder = paths.Evaluation(evaluation.Id);
        if (File.Exists(folder.Spec))
        {
            return folder;
        }

        Directory.CreateDirectory(folder.Data);
        List<SuiteUse> suites = [];
        foreach (var use in evaluation.Suites)
        {
            if (use.Items is not { } source)
            {
                suites.Add(use);
                continue;
            }

            var suite = EvaluationSuites.Find(use.Suite) ?? throw new InvalidDataException($"There is no suite {use.Suite}.");
            await sources.WriteAsync(suite, source, Path.Combine(folder.Data, suite.Name + ".jsonl"), cancellation);
            suites.Add(use with { Items = $"data/{suite.Name}.jsonl" });
        }

        var (model, adapterPath, reference) = Model(evaluation);

        // The spec comes last: a folder that has one is whole.
        folder.WriteSpec(new EvaluationSpec
        {
            EvaluationId = evaluation.Id,
            BaseModel = model,
            AdapterPath = adapterPath,
            ReferenceModel = reference,
            CompareWithBase = evaluation.CompareWithBase,
            Suites = suites,
            Judge = evaluation.Judge,
            Seed = evaluation.Seed,
            CacheFolder = paths.Answers,
        });
        return folder;
    }

    private (ModelReference Model, string? AdapterPath, ModelReference? Reference) Model(EvaluationJob evaluation)
    {
        var adapter = evaluation.AdapterId is { } id ? database.Adapters.Get(id) ?? throw new InvalidDataException($"The adapter {evaluation.ModelName} was deleted.") : null;
        if (adapter?.Kind == AdapterLibrary.Full)
        {
            // Full fine-tuning makes a model of its own; it can be evaluated alone after its base was removed.
            var beginning = database.BaseModels.Get(evaluation.BaseModelId);
            return (new ModelReference(adapter.Id, adapter.ModelName, paths.Resolve(adapter.Folder), null), null, beginning is { State: BaseModelState.Ready } ? beginning.ToReference() : null);
        }

        var model = database.BaseModels.Get(evaluation.BaseModelId) ?? throw new InvalidDataException("The base model of this evaluation was removed.");
        var folder = adapter is not null ? paths.Resolve(adapter.Folder)
            : evaluation.CheckpointStep is { } step ? results.CheckpointAdapter(evaluation.TrainingJobId!, step) ?? throw new InvalidDataException(FormattableString.Invariant($"The checkpoint of step {step} is no longer there."))
            : null;
        return (model.ToReference(), folder, null);
    }
}
