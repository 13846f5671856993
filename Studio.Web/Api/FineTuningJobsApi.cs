using System.Security.Claims;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary><c>/v1/fine_tuning/jobs</c>, as the official SDKs call it.</summary>
public static class FineTuningJobsApi
{
    public static void MapFineTuningJobs(this RouteGroupBuilder v1)
    {
        var jobs = v1.MapGroup("/fine_tuning/jobs").WithTags("Fine-tuning");
        jobs.MapPost("", async (HttpContext context, JobBoard board, FineTuningShapes shapes, StudioDatabase database) =>
        {
            var body = await RequestBody.ReadObjectAsync(context.Request, context.RequestAborted);
            var request = FineTuningRequests.Read(body, database, context.User.UserId());
            return OpenAiLists.Json(shapes.Job(board.Create(request, context.User.Actor()).OrThrow()));
        }).RequireAuthorization(AccessNames.Trainer).Accepts<JsonObject>("application/json").WithSummary("Create a fine-tuning job");

        jobs.MapGet("", (HttpRequest request, StudioDatabase database, FineTuningShapes shapes) =>
        {
            var limit = OpenAiLists.Limit(request);
            var after = OpenAiLists.After(request, id => database.Jobs.Get(id) is not null);
            var wanted = request.Query.Where(q => q.Key.StartsWith("metadata[", StringComparison.Ordinal) && q.Key.EndsWith(']')).ToDictionary(q => q.Key[9..^1], q => q.Value.ToString());
            bool Matches(TrainingJob job) => wanted.All(w => job.Metadata.TryGetValue(w.Key, out var value) && value == w.Value);
            return OpenAiLists.Json(OpenAiLists.Page([.. database.Jobs.List(Matches, after: after, limit: limit + 1).Select(shapes.Job)], limit));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("List fine-tuning jobs, newest first");

        jobs.MapGet("/{id}", (string id, StudioDatabase database, FineTuningShapes shapes) => OpenAiLists.Json(shapes.Job(Find(id, database))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Get a fine-tuning job");

        Action(jobs, "cancel", (board, id, actor) => board.Cancel(id, actor));
        Action(jobs, "pause", (board, id, actor) => board.Pause(id, actor));
        Action(jobs, "resume", (board, id, actor) => board.Resume(id, actor));

        jobs.MapGet("/{id}/events", (string id, HttpRequest request, StudioDatabase database, FineTuningShapes shapes) =>
            Newest(request, [.. shapes.Events(Find(id, database)).Reverse()]))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Events of a job, newest first");

        jobs.MapGet("/{id}/checkpoints", (string id, HttpRequest request, StudioDatabase database, FineTuningShapes shapes) =>
            Newest(request, shapes.Checkpoints(Find(id, database)), standard: 10))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Checkpoints of a job, newest first");
    }

    private static void Action(RouteGroupBuilder jobs, string name, Func<JobBoard, string, string, Outcome<TrainingJob>> act) =>
        jobs.MapPost($"/{{id}}/{name}", (string id, ClaimsPrincipal user, JobBoard board, StudioDatabase database, FineTuningShapes shapes) =>
        {
            Find(id, database);
            return OpenAiLists.Json(shapes.Job(act(board, id, user.Actor()).OrThrow()));
        }).RequireAuthorization(AccessNames.Trainer).WithSummary($"{char.ToUpperInvariant(name[0])}{name[1..]} a job");

    private static IResult Newest(HttpRequest request, IReadOnlyList<JsonObject> rows, int standard = 20)
    {
        var limit = OpenAiLists.Limit(request, standard);
        var start = 0;
        if (OpenAiLists.After(request, id => rows.Any(r => Id(r) == id)) is { } after)
        {
            start = rows.Index().First(r => Id(r.Item) == after).Index + 1;
        }

        return OpenAiLists.Json(OpenAiLists.Page([.. rows.Skip(start).Take(limit + 1)], limit));
    }

    private static string? Id(JsonObject row) => row["id"]?.GetValue<string>();

    private static TrainingJob Find(string id, StudioDatabase database) =>
        database.Jobs.Get(id) ?? throw new RequestException(404, "fine_tune_not_found", $"Could not find fine tune: {id}") { Param = "fine_tune_id" };
}
