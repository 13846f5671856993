using System.Globalization;
using Hangfire;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>Makes evaluations and takes what people ask of them. As with trainings, the record is written first and is the truth.</summary>
public sealed class EvaluationBoard(StudioDatabase database, JobQueue queue, SuiteItemSources sources, JobResults results, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<EvaluationBoard> logger)
{
    public const int MostSuites = 32;

    /// <summary>Environment variables of the host that may hold a judge's key.</summary>
    public const string JudgeKeyPrefix = "STUDIO_JUDGE_";

    public EvaluationJob? Get(string evaluationId) => database.Evaluations.Get(evaluationId);

    public IReadOnlyList<EvaluationJob> List(Func<EvaluationJob, bool>? where = null, string? after = null, int limit = int.MaxValue) => database.Evaluations.List(where, after: after, limit: limit);

    /// <summary>The newest evaluation of an adapter that has a result.</summary>
    public EvaluationJob? Newest(string adapterId) => database.Evaluations.List(e => e.AdapterId == adapterId && e.Result is not null, limit: 1).FirstOrDefault();

    /// <summary>Everything that would keep the evaluation from being queued.</summary>
    public IReadOnlyList<Problem> Problems(EvaluationRequest request)
    {
        List<Problem> problems = [];
        Resolve(request.Target, problems);
        if (request.Name.Length > 100 || request.Name.Any(char.IsControl))
        {
            problems.Add(Refusals.Invalid("name", "The name is too long or has control characters.", "Use at most 100 printable characters."));
        }

        if (request.Metadata.Count > 16 || request.Metadata.Any(m => m.Key.Length is 0 or > 64 || m.Value.Length > 512))
        {
            problems.Add(Refusals.Invalid("metadata", "The metadata is too large.", "At most 16 pairs; keys up to 64, values up to 512 characters."));
        }

        if (request.Suites.Count is 0 or > MostSuites)
        {
            problems.Add(Refusals.Invalid("suites", "No suite was chosen, or too many.", FormattableString.Invariant($"Choose 1 to {MostSuites} suites.")));
        }

        if (request.Suites.Select(s => s.Suite).Distinct(StringComparer.Ordinal).Count() < request.Suites.Count)
        {
            problems.Add(Refusals.Invalid("suites", "A suite was chosen twice.", "Choose it once; use a second evaluation for other items."));
        }

        foreach (var use in request.Suites)
        {
            Check(use, problems);
        }

        if (request.Judge is { } judge)
        {
            Check(judge, problems);
        }

        return problems;
    }

    public Outcome<EvaluationJob> Create(EvaluationRequest request, string actor)
    {
        var problems = Problems(request);
        if (problems.Count > 0)
        {
            return Outcome<EvaluationJob>.Refuse(problems);
        }

        var (model, adapter, training, modelName) = Resolve(request.Target, [])!.Value;
        var evaluation = database.Evaluations.Insert(new EvaluationJob
        {
            Id = NewId.Evaluation(),
            CreatedAt = time.GetUtcNow(),
            Name = request.Name.Length > 0 ? request.Name : modelName.Length > 100 ? modelName[..100] : modelName,
            BaseModelId = model.Id,
            AdapterId = adapter?.Id,
            TrainingJobId = training?.Id ?? adapter?.JobId,
            CheckpointStep = request.Target.CheckpointStep ?? adapter?.CheckpointStep,
            ModelName = modelName,
            Suites = request.Suites,
            Judge = request.Judge,
            CompareWithBase = request.CompareWithBase,
            Seed = request.Seed,
            AfterTraining = request.AfterTraining,
            Metadata = request.Metadata,
            OwnerId = request.OwnerId,
        });
        audit.Write(actor, "evaluation.created", evaluation.Id, evaluation.Name);
        Dispatch(evaluation);
        return evaluation;
    }

    /// <summary>One evaluation per checkpoint of a training that is still on disk, so that they can be compared.</summary>
    public Outcome<IReadOnlyList<EvaluationJob>> CreateForCheckpoints(string trainingJobId, EvaluationRequest request, string actor)
    {
        if (database.Jobs.Get(trainingJobId) is not { } job)
        {
            return Refusals.Missing("job", trainingJobId, "training_job_id");
        }

        var steps = Checkpoints(job.Id);
        if (steps.Count == 0)
        {
            return Refusals.Conflicting("This training has no checkpoint.", "Wait for its first checkpoint.");
        }

        List<EvaluationJob> made = [];
        foreach (var step in steps)
        {
            var outcome = Create(request with { Name = request.Name.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{request.Name} {step}") : "", Target = new EvaluatedTarget { TrainingJobId = job.Id, CheckpointStep = step } }, actor);
            if (!outcome.Succeeded)
            {
                return Outcome<IReadOnlyList<EvaluationJob>>.Refuse(outcome.Problems);
            }

            made.Add(outcome.Value);
        }

        return Outcome<IReadOnlyList<EvaluationJob>>.Of(made);
    }

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

    /// <summary>The evaluation that a recipe asks for, with the suites of its goal; once per adapter.</summary>
    public void CreateAfterTraining(TrainingJob job, Adapter adapter)
    {
        if (!job.Recipe.Evaluation.ScoreAfterTraining || adapter.Kind == AdapterLibrary.Reward || database.Evaluations.List(e => e.AfterTraining && e.AdapterId == adapter.Id, limit: 1).Count > 0)
        {
            return;
        }

        var outcome = Create(new EvaluationRequest
        {
            Target = new EvaluatedTarget { AdapterId = adapter.Id },
            Suites = GoalSuites.For(job, sources),
            Seed = job.Recipe.Optimization.Seed,
            OwnerId = job.OwnerId,
            AfterTraining = true,
        }, job.OwnerId ?? "studio");
        if (!outcome.Succeeded)
        {
            // The adapter is good without its scorecard.
            logger.LogWarning("The evaluation after job {JobId} was refused: {Reason}", job.Id, outcome.Summary);
        }
    }

    /// <summary>Stops after the items at hand; an evaluation that waits is simply held back.</summary>
    public Outcome<EvaluationJob> Pause(string evaluationId, string actor) => Ask(evaluationId, actor, "evaluation.paused", e => e.State switch
    {
        JobState.Running => e with { Request = JobBoard.PauseRequest },
        JobState.Queued or JobState.Interrupted => e with { State = JobState.Paused },
        _ => null,
    });

    /// <summary>Goes on with the items that lack an answer.</summary>
    public Outcome<EvaluationJob> Resume(string evaluationId, string actor) => Ask(evaluationId, actor, "evaluation.resumed", e => e.State switch
    {
        JobState.Paused or JobState.Interrupted => e with { State = JobState.Queued, Request = null, Attempts = 0, Failure = null },
        JobState.Running when e.Request == JobBoard.PauseRequest => e with { Request = null },
        _ => null,
    });

    public Outcome<EvaluationJob> Cancel(string evaluationId, string actor) => Ask(evaluationId, actor, "evaluation.cancelled", e =>
        e.State.IsFinal() ? null
        : e.State == JobState.Running ? e with { Request = JobBoard.CancelRequest }
        : e with { State = JobState.Cancelled, Request = null, FinishedAt = time.GetUtcNow() });

    /// <summary>The settings of an evaluation as a request for a new one.</summary>
    public Outcome<EvaluationRequest> Clone(string evaluationId, string? ownerId)
    {
        if (database.Evaluations.Get(evaluationId) is not { } evaluation)
        {
            return Refusals.Missing("evaluation", evaluationId, "id");
        }

        return new EvaluationRequest
        {
            Name = evaluation.Name,
            Target = TargetOf(evaluation),
            Suites = evaluation.Suites,
            Judge = evaluation.Judge,
            CompareWithBase = evaluation.CompareWithBase,
            Seed = evaluation.Seed,
            Metadata = evaluation.Metadata,
            OwnerId = ownerId,
        };
    }

    public static EvaluatedTarget TargetOf(EvaluationJob evaluation) =>
        evaluation.AdapterId is { } adapter ? new EvaluatedTarget { AdapterId = adapter }
        : evaluation.CheckpointStep is { } step ? new EvaluatedTarget { TrainingJobId = evaluation.TrainingJobId, CheckpointStep = step }
        : new EvaluatedTarget { BaseModelId = evaluation.BaseModelId };

    /// <summary>Removes an evaluation that has ended, with its items.</summary>
    public Outcome<EvaluationJob> Delete(string evaluationId, string actor)
    {
        if (database.Evaluations.Get(evaluationId) is not { } evaluation)
        {
            return Refusals.Missing("evaluation", evaluationId, "id");
        }

        if (!evaluation.State.IsFinal() && evaluation.State != JobState.Paused)
        {
            return Refusals.Conflicting("The evaluation has not ended.", "Cancel it first.");
        }

        database.Evaluations.Delete(evaluationId);
        try
        {
            Directory.Delete(paths.Evaluation(evaluationId).Root, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It never began.
        }
        catch (IOException fault)
        {
            logger.LogWarning("The folder of {EvaluationId} could not be deleted: {Reason}", evaluationId, fault.Message);
        }

        audit.Write(actor, "evaluation.deleted", evaluation.Id, evaluation.Name);
        return evaluation;
    }

    internal void Dispatch(EvaluationJob evaluation)
    {
        if (!evaluation.State.IsClaimable())
        {
            return;
        }

        try
        {
            queue.EnqueueEvaluation(evaluation.Id);
        }
        catch (BackgroundJobClientException fault)
        {
            // It is recorded, and Recovery dispatches it again.
            logger.LogError(fault, "Evaluation {EvaluationId} could not be dispatched", evaluation.Id);
        }
    }

    private Outcome<EvaluationJob> Ask(string evaluationId, string actor, string action, Func<EvaluationJob, EvaluationJob?> change)
    {
        var refused = JobState.Queued;
        var accepted = false;
        var changed = database.Evaluations.Update(evaluationId, evaluation =>
        {
            var next = change(evaluation);
            (accepted, refused) = (next is not null, evaluation.State);
            return next ?? evaluation;
        });
        if (changed is null)
        {
            return Refusals.Missing("evaluation", evaluationId, "id");
        }

        if (!accepted)
        {
            return Refusals.Conflicting($"The evaluation is {StudioJson.Serialize(refused).Trim('"')}; this cannot be done to it now.", "Look at its state and choose another action.");
        }

        if (changed.State == JobState.Running)
        {
            JobProcess.WriteControl(paths.Evaluation(changed.Id), changed.Request);
        }

        audit.Write(actor, action, changed.Id, changed.Name);
        Dispatch(changed);
        return changed;
    }

    private (BaseModel Model, Adapter? Adapter, TrainingJob? Training, string ModelName)? Resolve(EvaluatedTarget target, List<Problem> problems)
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

        if (model.State != BaseModelState.Ready && adapter?.Kind != AdapterLibrary.Full)
        {
            problems.Add(Refusals.Invalid("target.base_model_id", $"The base model {model.Name} is not ready: {model.Problem ?? "it is being inspected"}.", "See Models."));
        }

        var name = adapter is not null ? string.Create(CultureInfo.InvariantCulture, $"{adapter.Name} v{adapter.Version}") + (adapter.CheckpointStep is { } at ? string.Create(CultureInfo.InvariantCulture, $" · {at}") : "")
            : training is not null ? string.Create(CultureInfo.InvariantCulture, $"{training.Suffix ?? training.Name} · {target.CheckpointStep}")
            : model.Name;
        return (model, adapter, training, name);
    }

    // A key leaves this machine with the request, so only variables that were set for it may be named; and a judge on disk is a model that was added.
    private void Check(JudgeUse judge, List<Problem> problems)
    {
        if (judge.BaseUrl is { } address && (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || string.IsNullOrWhiteSpace(judge.Model)))
        {
            problems.Add(Refusals.Invalid("judge.base_url", "The judge's endpoint is not complete.", "Give an http or https address up to and with /v1, and the name of the model."));
        }

        if (judge.ApiKeyVariable is { } variable && !variable.StartsWith(JudgeKeyPrefix, StringComparison.Ordinal))
        {
            problems.Add(Refusals.Invalid("judge.api_key_variable", $"The variable \"{variable}\" may not be used as a judge's key.", $"Set the key in an environment variable of the host whose name begins with {JudgeKeyPrefix}."));
        }

        if (judge.ModelPath is { } path && database.BaseModels.List(m => m.Path == path, limit: 1).Count == 0)
        {
            problems.Add(Refusals.Invalid("judge.model_path", "The judge is none of the base models.", "Add it under Models first."));
        }
    }

    private void Check(SuiteUse use, List<Problem> problems)
    {
        if (EvaluationSuites.Find(use.Suite) is not { } suite)
        {
            problems.Add(Refusals.Invalid("suites", $"There is no suite \"{use.Suite}\".", $"Use one of: {string.Join(", ", EvaluationSuites.All.Select(s => s.Name))}."));
            return;
        }

        if (use.Limit is < 1 or > 1_000_000 || use.Shots is < 0 or > 64 || use.MaxTokens is < 1 or > 8192)
        {
            problems.Add(Refusals.Invalid("suites", $"A number of the suite {suite.Name} is out of range.", "limit is 1 to 1,000,000, shots 0 to 64, max_tokens 1 to 8192."));
        }

        if (use.Items is { } source)
        {
            problems.AddRange(sources.Check(suite, source));
        }
        else if (!suite.HasItems)
        {
            problems.Add(Refusals.Invalid("suites", $"The suite {suite.Name} brings no items of its own.", $"Name a file or dataset version with the fields {string.Join(", ", suite.ItemFields)}."));
        }
    }
}
