using System.Globalization;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>Makes evaluations and takes what people ask of them.</summary>
public sealed class EvaluationBoard(StudioDatabase database, JobQueue queue, EvaluationTargets targets, SuiteItemSources sources, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<EvaluationBoard> logger)
    : Board<EvaluationJob>(database.Evaluations, audit, time, logger)
{
    public override string Noun => "evaluation";

    /// <summary>The newest evaluation of an adapter that has a result.</summary>
    public EvaluationJob? Newest(string adapterId) => database.Evaluations.List(e => e.AdapterId == adapterId && e.Result is not null, limit: 1).FirstOrDefault();

    /// <summary>Everything that would keep the evaluation from being queued.</summary>
    public IReadOnlyList<Problem> Problems(EvaluationRequest request) => EvaluationRules.Check(request, database, targets, sources);

    public Outcome<EvaluationJob> Create(EvaluationRequest request, string actor)
    {
        var problems = Problems(request);
        if (problems.Count > 0)
        {
            return Outcome<EvaluationJob>.Refuse(problems);
        }

        var (model, adapter, training, modelName) = targets.Resolve(request.Target, [])!;
        return Add(new EvaluationJob
        {
            Id = NewId.Evaluation(),
            CreatedAt = Now,
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
        }, actor);
    }

    /// <summary>One evaluation per checkpoint of a training that is still on disk, so that they can be compared.</summary>
    public Outcome<IReadOnlyList<EvaluationJob>> CreateForCheckpoints(string trainingJobId, EvaluationRequest request, string actor)
    {
        if (database.Jobs.Get(trainingJobId) is not { } job)
        {
            return Refusals.Missing("job", trainingJobId, "training_job_id");
        }

        var steps = targets.Checkpoints(job.Id);
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
            Logger.LogWarning("The evaluation after job {JobId} was refused: {Reason}", job.Id, outcome.Summary);
        }
    }

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
            Target = EvaluationTargets.Of(evaluation),
            Suites = evaluation.Suites,
            Judge = evaluation.Judge,
            CompareWithBase = evaluation.CompareWithBase,
            Seed = evaluation.Seed,
            Metadata = evaluation.Metadata,
            OwnerId = ownerId,
        };
    }

    protected override JobFolder Folder(string jobId) => paths.Evaluation(jobId);

    protected override void Enqueue(EvaluationJob job) => queue.EnqueueEvaluation(job.Id);
}
