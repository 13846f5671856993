using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Evaluation.Graded;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Grading;
using Studio.Web.Jobs;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary><c>/v1/evals</c>, as OpenAI shapes them: evals with testing criteria, their runs, and the graded items.</summary>
public static class EvalsApi
{
    private const int MostCriteria = 32;

    public static void MapEvals(this RouteGroupBuilder v1)
    {
        var evals = v1.MapGroup("/evals").WithTags("Evals");
        evals.MapPost("", async (HttpContext context, StudioDatabase database, TimeProvider time) =>
        {
            var body = await RequestBody.ReadObjectAsync(context.Request, context.RequestAborted);
            return OpenAiLists.Json(EvalShapes.Eval(database.GradedEvals.Insert(Read(body, time, context.User.UserId()))), StatusCodes.Status201Created);
        }).RequireAuthorization(AccessNames.Trainer).Accepts<JsonObject>("application/json").WithSummary("Create an eval");

        evals.MapGet("", (HttpRequest request, StudioDatabase database) =>
        {
            var limit = OpenAiLists.Limit(request);
            return OpenAiLists.Json(OpenAiLists.Page([.. database.GradedEvals.List(newestFirst: NewestFirst(request, standard: false), after: OpenAiLists.After(request, id => database.GradedEvals.Get(id) is not null), limit: limit + 1).Select(EvalShapes.Eval)], limit));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("List evals");

        evals.MapGet("/{id}", (string id, StudioDatabase database) => OpenAiLists.Json(EvalShapes.Eval(Find(id, database)))).RequireAuthorization(AccessNames.Viewer).WithSummary("Get an eval");

        evals.MapPost("/{id}", async (string id, HttpContext context, StudioDatabase database) =>
        {
            var body = await RequestBody.ReadObjectAsync(context.Request, context.RequestAborted);
            var (name, metadata) = (body.Text("name", 256), body.ContainsKey("metadata") ? Metadata(body) : null);
            Find(id, database);
            return OpenAiLists.Json(EvalShapes.Eval(database.GradedEvals.Update(id, e => e with { Name = name ?? e.Name, Metadata = metadata ?? e.Metadata })!));
        }).RequireAuthorization(AccessNames.Trainer).Accepts<JsonObject>("application/json").WithSummary("Change name or metadata of an eval");

        evals.MapDelete("/{id}", (string id, StudioDatabase database, GradedRuns runs) =>
        {
            Find(id, database);
            foreach (var run in database.GradedRuns.List(r => r.EvalId == id))
            {
                database.GradedRuns.Delete(run.Id);
                runs.Discard(run.Id);
            }

            database.GradedEvals.Delete(id);
            return OpenAiLists.Json(new JsonObject { ["object"] = "eval.deleted", ["deleted"] = true, ["eval_id"] = id });
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete an eval and its runs");

        MapRuns(evals.MapGroup("/{id}/runs"));
    }

    private static void MapRuns(RouteGroupBuilder runs)
    {
        runs.MapPost("", async (string id, HttpContext context, StudioDatabase database, GradedSource sources, ModelDirectory models, JobQueue queue, TimeProvider time) =>
        {
            var eval = Find(id, database);
            var body = await RequestBody.ReadObjectAsync(context.Request, context.RequestAborted);
            var source = body.Object("data_source") ?? throw RequestException.Invalid("data_source", "Missing required parameter: 'data_source'.", "missing_required_parameter");
            sources.Check(source);
            var model = source.Text("type") == "completions" ? source.RequiredText("model") : null;
            foreach (var asked in eval.Criteria.Select(c => c.Text("model")).Prepend(model).OfType<string>())
            {
                _ = models.Find(asked) ?? throw ServingFaults.ModelNotFound(asked);
            }

            RequireFields(eval, sources.Rows(source).First());
            var run = database.GradedRuns.Insert(new GradedRun
            {
                Id = NewId.With("evalrun_"),
                CreatedAt = time.GetUtcNow(),
                EvalId = id,
                Name = body.Text("name", 256) ?? "",
                Model = model,
                DataSource = source,
                Metadata = Metadata(body),
                OwnerId = context.User.UserId(),
            });
            queue.EnqueueGrading(run.Id);
            return OpenAiLists.Json(EvalShapes.Run(run, eval, context.Request), StatusCodes.Status201Created);
        }).RequireAuthorization(AccessNames.Trainer).Accepts<JsonObject>("application/json").WithSummary("Run an eval");

        runs.MapGet("", (string id, HttpRequest request, StudioDatabase database) =>
        {
            var eval = Find(id, database);
            var limit = OpenAiLists.Limit(request);
            var status = request.Query["status"].ToString();
            return OpenAiLists.Json(OpenAiLists.Page(
                [.. database.GradedRuns.List(r => r.EvalId == id && (status.Length == 0 || EvalShapes.Word(r.State) == status), NewestFirst(request, standard: false), OpenAiLists.After(request, run => database.GradedRuns.Get(run) is not null), limit + 1).Select(r => EvalShapes.Run(r, eval, request))], limit));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Runs of an eval");

        runs.MapGet("/{run}", (string id, string run, HttpRequest request, StudioDatabase database) => OpenAiLists.Json(EvalShapes.Run(FindRun(id, run, database), Find(id, database), request)))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Get a run");

        runs.MapPost("/{run}", (string id, string run, HttpRequest request, StudioDatabase database) => Cancel(id, run, request, database)).RequireAuthorization(AccessNames.Trainer).WithSummary("Cancel a run");
        runs.MapPost("/{run}/cancel", (string id, string run, HttpRequest request, StudioDatabase database) => Cancel(id, run, request, database)).RequireAuthorization(AccessNames.Trainer).WithSummary("Cancel a run");

        runs.MapDelete("/{run}", (string id, string run, StudioDatabase database, GradedRuns graded) =>
        {
            FindRun(id, run, database);
            database.GradedRuns.Delete(run);
            graded.Discard(run);
            return OpenAiLists.Json(new JsonObject { ["object"] = "eval.run.deleted", ["deleted"] = true, ["run_id"] = run });
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a run");

        runs.MapGet("/{run}/output_items", (string id, string run, HttpRequest request, StudioDatabase database, GradedRuns graded) =>
        {
            var found = FindRun(id, run, database);
            var limit = OpenAiLists.Limit(request);
            var status = request.Query["status"].ToString();
            var items = graded.Items(run).Where(i => status.Length == 0 || i.Status == status).ToList();
            if (NewestFirst(request, standard: false))
            {
                items.Reverse();
            }

            var start = OpenAiLists.After(request, item => items.Exists(i => i.Id == item)) is { } after ? items.FindIndex(i => i.Id == after) + 1 : 0;
            return OpenAiLists.Json(OpenAiLists.Page([.. items.Skip(start).Take(limit + 1).Select(i => EvalShapes.Item(i, found))], limit));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Graded items of a run");

        runs.MapGet("/{run}/output_items/{item}", (string id, string run, string item, StudioDatabase database, GradedRuns graded) =>
        {
            var found = FindRun(id, run, database);
            return OpenAiLists.Json(EvalShapes.Item(graded.Items(run).FirstOrDefault(i => i.Id == item) ?? throw new RequestException(404, "not_found", $"No such output item: {item}"), found));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("A graded item of a run");
    }

    private static IResult Cancel(string id, string run, HttpRequest request, StudioDatabase database)
    {
        if (FindRun(id, run, database).IsFinal)
        {
            throw new RequestException(409, "conflict", "The run has ended.");
        }

        return OpenAiLists.Json(EvalShapes.Run(database.GradedRuns.Update(run, r => r.IsFinal ? r : r with { State = GradedRunState.Canceled })!, Find(id, database), request));
    }

    private static GradedEval Read(JsonObject body, TimeProvider time, string? ownerId)
    {
        var configuration = body.Object("data_source_config") ?? throw RequestException.Invalid("data_source_config", "Missing required parameter: 'data_source_config'.", "missing_required_parameter");
        if (configuration.Text("type") is not "custom")
        {
            throw RequestException.Invalid("data_source_config.type", "Only 'custom' is supported: logs and stored completions are not kept here.");
        }

        var criteria = body["testing_criteria"] is JsonArray { Count: > 0 and <= MostCriteria } list && list.All(c => c is JsonObject)
            ? list.Select((c, i) => Criterion((JsonObject)c!, $"testing_criteria[{i}]")).ToList()
            : throw RequestException.Invalid("testing_criteria", $"'testing_criteria' must be an array of 1 to {MostCriteria} graders.");
        return criteria.Select(GradedRuns.NameOf).Distinct(StringComparer.Ordinal).Count() < criteria.Count
            ? throw RequestException.Invalid("testing_criteria", "Two criteria have the same name.")
            : new GradedEval
            {
                Id = NewId.With("eval_"),
                CreatedAt = time.GetUtcNow(),
                Name = body.Text("name", 256) ?? "",
                ItemSchema = configuration.Object("item_schema")?.DeepClone() as JsonObject ?? [],
                IncludeSampleSchema = configuration["include_sample_schema"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True,
                Criteria = criteria,
                Metadata = Metadata(body),
                OwnerId = ownerId,
            };
    }

    private static JsonObject Criterion(JsonObject given, string place)
    {
        Graders.Of(given, place).Check(given, place);
        var criterion = (JsonObject)given.DeepClone();
        criterion["name"] ??= given.Text("type");
        criterion["id"] = $"{criterion["name"]}-{NewId.With("")}";
        return criterion;
    }

    // Of a schema only the names of required fields are checked: they decide whether templates can be filled.
    private static void RequireFields(GradedEval eval, JsonObject row)
    {
        foreach (var field in (eval.ItemSchema["required"] as JsonArray ?? []).OfType<JsonValue>().Select(v => v.ToString()).Where(field => ((JsonObject)row["item"]!)[field] is null))
        {
            throw RequestException.Invalid("data_source.source", $"The first item lacks the field '{field}', which the eval's item_schema requires.");
        }
    }

    private static Dictionary<string, string> Metadata(JsonObject body)
    {
        var pairs = body.Object("metadata") ?? [];
        return pairs.Count <= 16 && pairs.All(p => p.Key.Length <= 64 && p.Value is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length <= 512)
            ? pairs.ToDictionary(p => p.Key, p => p.Value!.GetValue<string>())
            : throw RequestException.Invalid("metadata", "'metadata' takes at most 16 pairs of texts; keys up to 64, values up to 512 characters.");
    }

    private static bool NewestFirst(HttpRequest request, bool standard) => request.Query["order"].ToString() switch
    {
        "" => standard,
        "desc" => true,
        "asc" => false,
        _ => throw RequestException.Invalid("order", "'order' must be 'asc' or 'desc'."),
    };

    private static GradedEval Find(string id, StudioDatabase database) => database.GradedEvals.Get(id) ?? throw new RequestException(404, "not_found", $"No such eval: {id}");

    private static GradedRun FindRun(string id, string run, StudioDatabase database) =>
        database.GradedRuns.Get(run) is { } found && found.EvalId == id ? found : throw new RequestException(404, "not_found", $"No such eval run: {run}");
}
