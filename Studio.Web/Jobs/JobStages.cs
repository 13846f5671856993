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

    /// <summary>Rule of a stage whose method cannot use the data.</summary>
    public const string WrongData = "stage_data";

    /// <summary>What keeps the stages of a request from running one after another on its data; empty when nothing does.</summary>
    public static IReadOnlyList<Problem> Check(Recipe recipe, IReadOnlyList<DatasetUse> data, StudioDatabase database)
    {
        List<Problem> problems = [.. Order(recipe)];
        for (var i = 0; i < recipe.Stages.Count; i++)
        {
            foreach (var use in data)
            {
                if (TrainingMethods.Find(recipe.Stages[i].Method) is { } method && database.DatasetVersions.Get(use.DatasetVersionId) is { } version && !Serves(version, method))
                {
                    problems.Add(new Problem(WrongData, Severity.Fatal, $"The stage {method.Title} cannot use {version.FileName}.", "Use data that a preparation made, or leave the stage out.") { Field = Place(i) });
                }
            }
        }

        return problems;
    }

    /// <summary>What keeps a stage from going on where the one before it ends.</summary>
    public static IEnumerable<Problem> Order(Recipe recipe)
    {
        for (var i = 0; i < recipe.Stages.Count; i++)
        {
            var before = i == 0 ? recipe : recipe.Stages[i - 1];
            if (!before.Lora.Enabled || !recipe.Stages[i].Lora.Enabled)
            {
                yield return new Problem("stage_full", Severity.Fatal, "A stage goes on with the adapter of the one before, and full fine-tuning makes none.", "Switch the adapter on, or leave the stages out.") { Field = Place(i) };
            }

            if (Scores(before) && !Scores(recipe.Stages[i]))
            {
                yield return new Problem("stage_after_reward", Severity.Fatal, "A reward model scores answers and does not write them, so no other training can go on from it.", "Put it last, or train it as a run of its own.") { Field = Place(i) };
            }
        }
    }

    /// <summary>Name of a stage in problems.</summary>
    public static string Place(int index) => FormattableString.Invariant($"recipe.stages[{index}]");

    /// <summary>True when a method can use a version, as it is or made anew by the preparation behind it.</summary>
    public static bool Serves(DatasetVersion version, MethodDescription method) => Fits(version, method) || KindFor(method, version) is not null;

    private static bool Scores(Recipe recipe) => recipe.Method is "reward" or "prm";

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

    /// <summary>True when a method can use a version as it is.</summary>
    public static bool Fits(DatasetVersion version, MethodDescription method) => version.Kind is not { } kind || method.Needs.Contains(kind);

    /// <summary>The kind of example that the preparation behind a version can give to a method.</summary>
    private static ExampleKind? KindFor(MethodDescription method, DatasetVersion version) =>
        version.Origin?.PreparationId is null ? null : PreparedKinds.For(method);
}
