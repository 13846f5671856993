using System.Globalization;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <param name="Adapter">Null for a base model or a checkpoint.</param>
/// <param name="Training">The training of a checkpoint.</param>
/// <param name="ModelName">As people know the model.</param>
public sealed record ResolvedTarget(BaseModel Model, Adapter? Adapter, TrainingJob? Training, string ModelName);

/// <summary>What can be evaluated: base models, adapters, and checkpoints of a training that are still on disk.</summary>
public sealed class EvaluationTargets(StudioDatabase database, JobResults results, StudioPaths paths)
{
    /// <summary>The target of an evaluation that was made.</summary>
    public static EvaluatedTarget Of(EvaluationJob evaluation) =>
        evaluation.AdapterId is { } adapter ? new EvaluatedTarget { AdapterId = adapter }
        : evaluation.CheckpointStep is { } step ? new EvaluatedTarget { TrainingJobId = evaluation.TrainingJobId, CheckpointStep = step }
        : new EvaluatedTarget { BaseModelId = evaluation.BaseModelId };

    /// <summary>Steps of the checkpoints of a training that can be evaluated.</summary>
    public IReadOnlyList<int> Checkpoints(string trainingJobId)
    {
        var folder = paths.Job(trainingJobId).Checkpoints;
        return !Directory.Exists(folder) ? [] :
        [
            .. Directory.GetDirectories(folder, "step-*")
                .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
                .Where(step => step >= 0 && results.CheckpointAdapter(trainingJobId, step) is not null)
                .Order(),
        ];
    }

    /// <summary>The model behind a target; null when there is none, which the problems then say.</summary>
    public ResolvedTarget? Resolve(EvaluatedTarget target, List<Problem> problems)
    {
        Adapter? adapter = null;
        TrainingJob? training = null;
        string? baseModelId;
        if (new[] { target.BaseModelId, target.AdapterId, target.TrainingJobId }.Count(id => id is not null) != 1)
        {
            problems.Add(Refusals.Invalid("target", "Name exactly one model to evaluate.", "Give a base model, an adapter, or a training with the step of a checkpoint."));
            return null;
        }

        if (target.AdapterId is { } adapterId)
        {
            if ((adapter = database.Adapters.Get(adapterId)) is null)
            {
                problems.Add(Refusals.Missing("adapter", adapterId, "target.adapter_id"));
                return null;
            }

            if (adapter.Kind == AdapterLibrary.Reward)
            {
                problems.Add(Refusals.Invalid("target.adapter_id", "A reward model scores answers and gives none, so it cannot be evaluated on these suites.", "Choose an adapter that answers."));
            }

            baseModelId = adapter.BaseModelId;
        }
        else if (target.TrainingJobId is { } jobId)
        {
            if ((training = database.Jobs.Get(jobId)) is null)
            {
                problems.Add(Refusals.Missing("job", jobId, "target.training_job_id"));
                return null;
            }

            if (target.CheckpointStep is not { } step || results.CheckpointAdapter(jobId, step) is null)
            {
                problems.Add(Refusals.Invalid("target.checkpoint_step", "There is no such checkpoint of this training.", FormattableString.Invariant($"Choose one of the steps {string.Join(", ", Checkpoints(jobId))}.")));
                return null;
            }

            baseModelId = training.BaseModelId;
        }
        else
        {
            baseModelId = target.BaseModelId;
        }

        if (database.BaseModels.Get(baseModelId!) is not { } model)
        {
            problems.Add(Refusals.Missing("base model", baseModelId!, "target.base_model_id"));
            return null;
        }

        if (adapter?.Kind != AdapterLibrary.Full && JobRules.NotReady(model, "target.base_model_id") is { } problem)
        {
            problems.Add(problem);
        }

        return new ResolvedTarget(model, adapter, training, NameOf(model, adapter, training, target.CheckpointStep));
    }

    private static string NameOf(BaseModel model, Adapter? adapter, TrainingJob? training, int? step)
    {
        if (adapter is not null)
        {
            var version = string.Create(CultureInfo.InvariantCulture, $"{adapter.Name} v{adapter.Version}");
            return adapter.CheckpointStep is { } at ? string.Create(CultureInfo.InvariantCulture, $"{version} · {at}") : version;
        }

        return training is null ? model.Name : string.Create(CultureInfo.InvariantCulture, $"{training.Suffix ?? training.Name} · {step}");
    }
}
