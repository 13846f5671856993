using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary>A job to run or to check, with its whole recipe.</summary>
public sealed record NewJob(string BaseModelId, IReadOnlyList<DatasetUse> Data)
{
    public string Name { get; init; } = "";

    public string? ValidationVersionId { get; init; }

    public string? StartAdapterId { get; init; }

    public Recipe Recipe { get; init; } = new();

    public string? Suffix { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    internal JobRequest ToRequest(ClaimsPrincipal user) => new()
    {
        Name = Name,
        BaseModelId = BaseModelId,
        Data = Data,
        ValidationVersionId = ValidationVersionId,
        StartAdapterId = StartAdapterId,
        Recipe = Recipe,
        Suffix = Suffix,
        Metadata = Metadata,
        OwnerId = user.UserId(),
    };
}

/// <summary>Events after an offset, and the offset to go on from.</summary>
public sealed record EventPage(IReadOnlyList<JobEvent> Events, long NextOffset);

/// <summary><c>/api/jobs</c>.</summary>
public static class JobsApi
{
    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");

        jobs.MapPost("", (NewJob body, ClaimsPrincipal user, JobBoard board) => Answers.Created(board.Create(body.ToRequest(user), user.Actor()), j => $"/api/jobs/{j.Id}"))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Queue a job");

        jobs.MapPost("/check", async (NewJob body, ClaimsPrincipal user, JobBoard board, CancellationToken cancellation) => Answers.Of(await board.CheckAsync(body.ToRequest(user), cancellation)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Tokens, truncation, memory and time of a job, without queueing it");

        jobs.MapGet("", (StudioDatabase database, JobState? state, string? after, int? limit) =>
            TypedResults.Ok(database.Jobs.List(j => state is null || j.State == state, after: after, limit: Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List jobs, newest first");

        jobs.MapGet("/{id}", Results<Ok<TrainingJob>, ProblemHttpResult> (string id, JobBoard board) => board.Get(id) is { } job ? TypedResults.Ok(job) : Answers.Missing("job", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A job");

        Action(jobs, "pause", "Pause at the next step", (board, id, actor) => board.Pause(id, actor));
        Action(jobs, "resume", "Go on from the newest checkpoint", (board, id, actor) => board.Resume(id, actor));
        Action(jobs, "stop", "End now and keep what was learned", (board, id, actor) => board.StopAndKeep(id, actor));
        Action(jobs, "cancel", "Cancel", (board, id, actor) => board.Cancel(id, actor));

        jobs.MapPost("/{id}/clone", Results<Created<TrainingJob>, ProblemHttpResult> (string id, ClaimsPrincipal user, JobBoard board) =>
        {
            var request = board.Clone(id, user.UserId());
            return request.Succeeded ? Answers.Created(board.Create(request.Value, user.Actor()), j => $"/api/jobs/{j.Id}") : Answers.Refused(request.Problems);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Run the same again");

        jobs.MapDelete("/{id}", (string id, ClaimsPrincipal user, JobBoard board) => Answers.Gone(board.Delete(id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a job that has ended");

        jobs.MapGet("/{id}/events", Results<Ok<EventPage>, ProblemHttpResult> (string id, JobBoard board, JobEvents events, long? offset) =>
        {
            if (board.Get(id) is null)
            {
                return Answers.Missing("job", id);
            }

            var next = Math.Max(offset ?? 0, 0);
            var read = events.Read(id, ref next);
            return TypedResults.Ok(new EventPage(read, next));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Events in order, from an offset");

        jobs.MapGet("/{id}/series", Results<Ok<JobSeries>, ProblemHttpResult> (string id, JobBoard board, JobEvents events, int? points) =>
            board.Get(id) is null ? Answers.Missing("job", id) : TypedResults.Ok(events.Series(id, Answers.Size(points, 2000, 100_000))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Curves by metric name");

        jobs.MapGet("/{id}/log", Results<ContentHttpResult, ProblemHttpResult> (string id, JobBoard board, StudioPaths paths, int? bytes) =>
            board.Get(id) is null ? Answers.Missing("job", id) : TypedResults.Text(LogTail.Read(paths.Job(id).Log, Answers.Size(bytes, 64 << 10, 1 << 20)), "text/plain"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("The end of the trainer's log");

        jobs.MapPost("/{id}/checkpoints/{step:int}/adapter", async (string id, int step, ClaimsPrincipal user, JobBoard board, JobResults results, Registry.AdapterLibrary adapters, CancellationToken cancellation) =>
        {
            var job = board.Get(id) ?? throw Answers.NotFound("job", id);
            var folder = results.CheckpointAdapter(id, step) ?? throw new RequestException(404, Refusals.NotFound, $"The checkpoint of step {step} is no longer there.");
            return Answers.Created(await adapters.RegisterCheckpointAsync(job, step, folder, user.Actor(), cancellation), a => $"/api/adapters/{a.Id}");
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Make an adapter of a checkpoint");
    }

    private static void Action(RouteGroupBuilder jobs, string name, string summary, Func<JobBoard, string, string, Outcome<TrainingJob>> act) =>
        jobs.MapPost($"/{{id}}/{name}", (string id, ClaimsPrincipal user, JobBoard board) => Answers.Of(act(board, id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary(summary);
}
