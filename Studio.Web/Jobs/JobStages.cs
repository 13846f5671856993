using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>Trainings in a chain: when one has succeeded, the next stage of its recipe is queued and begins with its adapter.</summary>
public sealed class JobStages(StudioDatabase database, PreparedReviews reviews, JobBoard board, ILogger<JobStages> logger)
{
    /// <summary>Queues what follows a job; nothing where nothing does, or where it was queued before.</summary>
    public async Task QueueNextAsync(TrainingJob job, Adapter adapter, CancellationToken cancellation)
    {
        if (job.Recipe.Next() is not { } recipe || database.Jobs.List(j => j.FollowsJobId == job.Id, limit: 1).Count > 0)
        {
            return;
        }

        recipe = recipe with { Goal = job.Recipe.Goal, Evaluation = recipe.Evaluation with { ScoreAfterTraining = recipe.Evaluation.ScoreAfterTraining || job.Recipe.Evaluation.ScoreAfterTraining } };
        var (data, validation, problems) = await DataForAsync(job, recipe, cancellation);
        var outcome = problems.Count > 0 ? Outcome<TrainingJob>.Refuse(problems) : board.Create(
            new JobRequest
            {
                Name = job.Name,
                BaseModelId = job.BaseModelId,
                StartAdapterId = adapter.Id,
                FollowsJobId = job.Id,
                Recipe = recipe,
                Data = data,
                ValidationVersionId = validation,
                Suffix = job.Suffix,
                Metadata = job.Metadata,
                OwnerId = job.OwnerId,
            },
            job.OwnerId ?? "studio");
        if (!outcome.Succeeded)
        {
            // The stage that ended is good by itself; what keeps the next one from running is told where people look.
            logger.LogWarning("The stage after job {JobId} was refused: {Reason}", job.Id, outcome.Summary);
            database.Jobs.Update(job.Id, j => j with { StageProblem = outcome.Problems[0] });
        }
    }

    /// <summary>What keeps a stage from using the data of a request; empty when nothing does.</summary>
    public static IReadOnlyList<Problem> Check(Recipe recipe, IReadOnlyList<DatasetUse> data, StudioDatabase database)
    {
        List<Problem> problems = [];
        foreach (var stage in recipe.Stages)
        {
            foreach (var use in data)
            {
                if (TrainingMethods.Find(stage.Method) is { } method && database.DatasetVersions.Get(use.DatasetVersionId) is { } version && !Fits(version, method) && KindFor(method, version) is null)
                {
                    problems.Add(Refusals.Invalid("recipe.stages", $"The stage {method.Title} cannot use {version.FileName}.", "Use data that a preparation made, or leave the stage out."));
                }
            }
        }

        return problems;
    }

    private async Task<(List<DatasetUse> Data, string? Validation, IReadOnlyList<Problem> Problems)> DataForAsync(TrainingJob job, Recipe recipe, CancellationToken cancellation)
    {
        List<DatasetUse> data = [];
        var method = TrainingMethods.Find(recipe.Method);
        string? validation = null;
        foreach (var use in job.Data)
        {
            var version = database.DatasetVersions.Get(use.DatasetVersionId);
            if (method is null || version is null || Fits(version, method))
            {
                data.Add(use);
                continue;
            }

            if (KindFor(method, version) is not { } kind)
            {
                return (data, null, [Refusals.Invalid("recipe.stages", $"The stage {method.Title} cannot use {version.FileName}.", "Use data that a preparation made.")]);
            }

            var made = await reviews.FinishAsync(version.Origin!.PreparationId!, kind, job.OwnerId, cancellation);
            if (!made.Succeeded)
            {
                return (data, null, made.Problems);
            }

            data.Add(use with { DatasetVersionId = made.Value.VersionId });
            validation = made.Value.ValidationVersionId;
        }

        var held = job.ValidationVersionId is { } id && database.DatasetVersions.Get(id) is { } own && method is not null && Fits(own, method) ? id : validation;
        return (data, held, []);
    }

    private static bool Fits(DatasetVersion version, MethodDescription method) => version.Kind is not { } kind || method.Needs.Contains(kind);

    /// <summary>The kind of example that the preparation behind a version can give to a method.</summary>
    private static ExampleKind? KindFor(MethodDescription method, DatasetVersion version) =>
        version.Origin?.PreparationId is null ? null : PreparedKinds.For(method);
}
