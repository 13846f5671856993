using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Scorecards;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Jobs;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary>An evaluation to run. The model is named by <see cref="Model"/> (any name that can be asked) or by one of the ids.</summary>
public sealed record NewEvaluation(IReadOnlyList<SuiteUse> Suites)
{
    public string Name { get; init; } = "";

    /// <summary>Base model, adapter, checkpoint or endpoint, by the name that chat requests use.</summary>
    public string? Model { get; init; }

    public string? BaseModelId { get; init; }

    public string? AdapterId { get; init; }

    public string? TrainingJobId { get; init; }

    public int? CheckpointStep { get; init; }

    /// <summary>Judge of the suites that need one; null is the base model itself.</summary>
    public JudgeUse? Judge { get; init; }

    public bool CompareWithBase { get; init; } = true;

    public int Seed { get; init; } = 42;

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    internal EvaluationRequest ToRequest(ClaimsPrincipal user, ModelDirectory models) => new()
    {
        Name = Name,
        Target = Model is null
            ? new EvaluatedTarget { BaseModelId = BaseModelId, AdapterId = AdapterId, TrainingJobId = TrainingJobId, CheckpointStep = CheckpointStep }
            : BaseModelId is null && AdapterId is null && TrainingJobId is null
            ? Target(models.Find(Model) ?? throw new RequestException(404, "model_not_found", $"The model '{Model}' does not exist.") { Param = "model" })
            : throw RequestException.Invalid("model", "Name the model once: by 'model' or by an id."),
        Suites = [.. Suites.Select(s => s ?? throw RequestException.Invalid("suites", "A suite is null."))],
        Judge = Judge,
        CompareWithBase = CompareWithBase,
        Seed = Seed,
        Metadata = Metadata,
        OwnerId = user.UserId(),
    };

    private static EvaluatedTarget Target(ServedModel model)
    {
        var id = model.LoraName ?? model.Base.Id;
        return id.StartsWith("adp-", StringComparison.Ordinal) ? new EvaluatedTarget { AdapterId = id }
            : model.LoraName is { } checkpoint ? new EvaluatedTarget { TrainingJobId = model.JobId, CheckpointStep = int.Parse(checkpoint.AsSpan(checkpoint.LastIndexOf('-') + 1), CultureInfo.InvariantCulture) }
            : new EvaluatedTarget { BaseModelId = model.Base.Id };
    }
}

/// <summary><c>/api/evaluations</c>.</summary>
public static class EvaluationsApi
{
    public static void MapEvaluations(this RouteGroupBuilder api)
    {
        var evaluations = api.MapGroup("/evaluations").WithTags("Evaluations");

        evaluations.MapPost("", (NewEvaluation body, ClaimsPrincipal user, EvaluationBoard board, ModelDirectory models) =>
            Answers.Created(board.Create(body.ToRequest(user, models), user.Actor()), e => $"/api/evaluations/{e.Id}"))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Queue an evaluation of a base model, an adapter or a checkpoint");

        evaluations.MapPost("/checkpoints", (NewEvaluation body, ClaimsPrincipal user, EvaluationBoard board, ModelDirectory models) =>
            Answers.Created(board.CreateForCheckpoints(body.TrainingJobId ?? "", body.ToRequest(user, models), user.Actor()), _ => $"/api/evaluations?training_job_id={body.TrainingJobId}"))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Queue an evaluation of every checkpoint of a training");

        evaluations.MapPost("/items", async (HttpContext context, Uploads uploads) =>
        {
            var file = (await uploads.ReceiveAsync(context, "evals")).File;
            return TypedResults.Created($"/v1/files/{file.Id}", file);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Upload a file of items (multipart: file); its id names it in a suite");

        evaluations.MapPost("/estimate", (NewEvaluation body, ClaimsPrincipal user, EvaluationBoard board, EvaluationEstimates estimates, ModelDirectory models, StudioDatabase database) =>
        {
            var request = body.ToRequest(user, models);
            var problems = board.Problems(request);
            var target = request.Target;
            var baseModelId = target.BaseModelId ?? (target.AdapterId is { } adapter ? database.Adapters.Get(adapter)?.BaseModelId : target.TrainingJobId is { } job ? database.Jobs.Get(job)?.BaseModelId : null);
            return Answers.Of(problems.Count > 0 ? Outcome<EvaluationEstimate>.Refuse(problems) : estimates.Of(baseModelId, request.Suites, request.CompareWithBase && target.BaseModelId is null));
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Items and time of an evaluation, without queueing it");

        evaluations.MapGet("", (StudioDatabase database, string? state, string? adapter_id, string? base_model_id, string? training_job_id, string? after, int? limit) =>
        {
            var wanted = Word<JobState>(state, "state");
            return TypedResults.Ok(database.Evaluations.List(
                e => (wanted is null || e.State == wanted) && (adapter_id is null || e.AdapterId == adapter_id) && (base_model_id is null || e.BaseModelId == base_model_id) && (training_job_id is null || e.TrainingJobId == training_job_id),
                after: after,
                limit: Answers.Size(limit)));
        })
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List evaluations, newest first");

        evaluations.MapGet("/suites", () => TypedResults.Ok(EvaluationSuites.All)).RequireAuthorization(AccessNames.Viewer).WithSummary("Suites with their metrics and the fields of their items");

        evaluations.MapGet("/compare", (string? ids, EvaluationComparison comparison) => TypedResults.Ok(comparison.Compare(comparison.Find(Ids(ids)))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Evaluations (ids=a,b,c) in one table, each tested against the first");

        evaluations.MapGet("/compare/items", (string? ids, string? suite, bool? only_different, string? search, int? offset, int? limit, EvaluationComparison comparison) =>
            TypedResults.Ok(comparison.Items(comparison.Find(Ids(ids)), Suite(suite), only_different ?? false, search, Math.Max(0, offset ?? 0), Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Items of a suite with every evaluation's answer");

        evaluations.MapGet("/capability", (string? adapter_id, string? base_model_id, CapabilityCards cards) => Answers.Of(cards.Of(adapter_id, base_model_id)))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Capability scorecard of an adapter or a base model");

        evaluations.MapGet("/capability/map", () => TypedResults.Text(ScorecardMap.CapabilityText(), "application/json"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("The published mapping of the capability scorecard");

        evaluations.MapGet("/capability/report", Results<ContentHttpResult, ProblemHttpResult> (string? adapter_id, string? base_model_id, string? language, CapabilityCards cards) =>
        {
            var card = cards.Of(adapter_id, base_model_id);
            return card.Succeeded ? TypedResults.Text(ScorecardReport.Html(card.Value.Card, card.Value.Subject, language ?? "en"), "text/html; charset=utf-8") : Answers.Refused(card.Problems);
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("The capability scorecard as a page to print");

        evaluations.MapGet("/{id}", Results<Ok<EvaluationJob>, ProblemHttpResult> (string id, EvaluationBoard board) => board.Get(id) is { } evaluation ? TypedResults.Ok(evaluation) : Answers.Missing("evaluation", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("An evaluation with its result");

        evaluations.MapGet("/{id}/items", Results<Ok<ItemPage>, ProblemHttpResult> (string id, string? suite, string? filter, string? group, string? search, int? offset, int? limit, EvaluationBoard board, EvaluationItems items) =>
            board.Get(id) is not { } evaluation
                ? Answers.Missing("evaluation", id)
                : TypedResults.Ok(items.Page(id, new ItemQuery(suite is null && evaluation.Suites is [var only] ? only.Suite : Suite(suite)) { Filter = Word<ItemFilter>(filter, "filter") ?? ItemFilter.All, Group = group, Search = search, Offset = Math.Max(0, offset ?? 0), Count = Answers.Size(limit) })))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Answered items of a suite, worst first (filter: all, flipped, better, worse)");

        evaluations.MapGet("/{id}/log", Results<ContentHttpResult, ProblemHttpResult> (string id, EvaluationBoard board, StudioPaths paths, int? bytes) =>
            board.Get(id) is null ? Answers.Missing("evaluation", id) : TypedResults.Text(LogTail.Read(paths.Evaluation(id).Log, Answers.Size(bytes, 64 << 10, 1 << 20)), "text/plain"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("The end of the trainer's log");

        Action(evaluations, "pause", "Pause after the items at hand", (board, id, actor) => board.Pause(id, actor));
        Action(evaluations, "resume", "Go on with the items that are left", (board, id, actor) => board.Resume(id, actor));
        Action(evaluations, "cancel", "Cancel", (board, id, actor) => board.Cancel(id, actor));

        evaluations.MapPost("/{id}/clone", Results<Created<EvaluationJob>, ProblemHttpResult> (string id, ClaimsPrincipal user, EvaluationBoard board) =>
        {
            var request = board.Clone(id, user.UserId());
            return request.Succeeded ? Answers.Created(board.Create(request.Value, user.Actor()), e => $"/api/evaluations/{e.Id}") : Answers.Refused(request.Problems);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Run the same again");

        evaluations.MapDelete("/{id}", (string id, ClaimsPrincipal user, EvaluationBoard board) => Answers.Gone(board.Delete(id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Delete an evaluation that has ended");
    }

    private static string[] Ids(string? ids) => (ids ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Suite(string? suite) => EvaluationSuites.Find(suite ?? "") is { } known
        ? known.Name
        : throw RequestException.Invalid("suite", $"Name one of the suites: {string.Join(", ", EvaluationSuites.All.Select(s => s.Name))}.");

    private static T? Word<T>(string? word, string parameter)
        where T : struct, Enum => string.IsNullOrEmpty(word) ? null
        : Enum.TryParse<T>(word, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
        : throw RequestException.Invalid(parameter, $"'{parameter}' must be one of: {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");

    private static void Action(RouteGroupBuilder evaluations, string name, string summary, Func<EvaluationBoard, string, string, Outcome<EvaluationJob>> act) =>
        evaluations.MapPost($"/{{id}}/{name}", (string id, ClaimsPrincipal user, EvaluationBoard board) => Answers.Of(act(board, id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary(summary);
}
