using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary>Rows to prepare.</summary>
public sealed record NewPreparation(string Kind, string BaseModelId)
{
    public string Name { get; init; } = "";

    public string? AdapterId { get; init; }

    public IReadOnlyList<string> FileIds { get; init; } = [];

    public JsonObject Options { get; init; } = [];

    internal PreparationRequest ToRequest(ClaimsPrincipal user) => new() { Name = Name, Kind = Kind, BaseModelId = BaseModelId, AdapterId = AdapterId, FileIds = FileIds, Options = Options, OwnerId = user.UserId() };
}

/// <summary>A kind of preparation with its options.</summary>
public sealed record PreparationKindView(string Name, string Title, string Summary, IReadOnlyList<string> Methods, bool HasItems, IReadOnlyList<OptionView> Options);

/// <summary>A reviewer's word on one row; what is left out stays.</summary>
public sealed record RowReview(ReviewState? State = null, string? Answer = null, string? Note = null);

/// <summary>One state for many rows: those that are named, or all that the filter takes.</summary>
public sealed record RowsReview(ReviewState State)
{
    public IReadOnlyList<string>? Ids { get; init; }

    public PreparedFilter Filter { get; init; } = new();
}

/// <summary>How many rows changed.</summary>
public sealed record RowsChanged(int Changed);

/// <summary>The kind of example to make: chat, preference, feedback or prompt.</summary>
public sealed record PreparationFinish(ExampleKind Kind = ExampleKind.Chat);

/// <summary><c>/api/preparations</c>.</summary>
public static class PreparationsApi
{
    public static void MapPreparations(this RouteGroupBuilder api)
    {
        var preparations = api.MapGroup("/preparations").WithTags("Preparations");

        preparations.MapGet("/kinds", () => TypedResults.Ok<IReadOnlyList<PreparationKindView>>([.. Preparations.All.Select(k => new PreparationKindView(k.Name, k.Title, k.Summary, k.Methods, k.HasItems, RecipesApi.Views(k.OptionsType)))]))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("What can be prepared, with all options");

        preparations.MapPost("", (NewPreparation body, ClaimsPrincipal user, PreparationBoard board) => Answers.Created(board.Create(body.ToRequest(user), user.Actor()), p => $"/api/preparations/{p.Id}"))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Queue a preparation");

        preparations.MapGet("", (StudioDatabase database, JobState? state, string? after, int? limit) =>
            TypedResults.Ok(database.Preparations.List(p => state is null || p.State == state, after: after, limit: Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List preparations, newest first");

        preparations.MapGet("/{id}", Results<Ok<PreparationJob>, ProblemHttpResult> (string id, PreparationBoard board) => board.Get(id) is { } preparation ? TypedResults.Ok(preparation) : Answers.Missing("preparation", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A preparation: state, progress, counts, warnings");

        Action(preparations, "pause", "Pause after the prompts at hand", (board, id, actor) => board.Pause(id, actor));
        Action(preparations, "resume", "Go on with the prompts that have no answer", (board, id, actor) => board.Resume(id, actor));
        Action(preparations, "cancel", "Cancel", (board, id, actor) => board.Cancel(id, actor));

        preparations.MapDelete("/{id}", (string id, ClaimsPrincipal user, PreparationBoard board) => Answers.Gone(board.Delete(id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a preparation that has ended; its datasets stay");

        preparations.MapGet("/{id}/rows", Results<Ok<PreparedPage>, ProblemHttpResult> (string id, PreparationBoard board, PreparedReviews reviews, int? offset, int? limit, string? group, string? category, string? language, ReviewState? state, [Description("Only rows that hold this text")] string? search) =>
            board.Get(id) is null ? Answers.Missing("preparation", id)
            : TypedResults.Ok(reviews.Page(id, new PreparedFilter { Group = group, Category = category, Language = language, State = state, Search = search }, offset ?? 0, Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A page of prepared rows as reviewers left them");

        preparations.MapPatch("/{id}/rows/{rowId}", Results<Ok<PreparedRow>, ProblemHttpResult> (string id, string rowId, RowReview body, ClaimsPrincipal user, PreparationBoard board, PreparedReviews reviews) =>
        {
            if (board.Get(id) is null)
            {
                return Answers.Missing("preparation", id);
            }

            if (reviews.Find(id, rowId) is null)
            {
                return Answers.Missing("row", rowId);
            }

            var changed = reviews.Change(id, [new PreparedChange(rowId) { State = body.State, Answer = body.Answer, Note = body.Note }], user.Actor());
            return changed.Succeeded ? TypedResults.Ok(reviews.Find(id, rowId)!) : Answers.Refused(changed.Problems);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Edit, accept or reject one row");

        preparations.MapPost("/{id}/rows/review", (string id, RowsReview body, ClaimsPrincipal user, PreparedReviews reviews) => Answers.Of(
            body.Ids is { } ids ? reviews.Change(id, [.. ids.Select(row => new PreparedChange(row) { State = body.State })], user.Actor()) : reviews.ChangeAll(id, body.Filter, body.State, user.Actor()),
            changed => new RowsChanged(changed)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Accept or reject many rows at once");

        preparations.MapPost("/{id}/finish", async (string id, PreparationFinish body, ClaimsPrincipal user, PreparedReviews reviews, CancellationToken cancellation) =>
            Answers.Of(await reviews.FinishAsync(id, body.Kind, user.UserId(), cancellation)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Make dataset versions of the rows that are not rejected");

        preparations.MapGet("/{id}/log", Results<ContentHttpResult, ProblemHttpResult> (string id, PreparationBoard board, StudioPaths paths, int? bytes) =>
            board.Get(id) is null ? Answers.Missing("preparation", id) : TypedResults.Text(LogTail.Read(paths.Preparation(id).Log, Answers.Size(bytes, 64 << 10, 1 << 20)), "text/plain"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("The end of the trainer's log");
    }

    private static void Action(RouteGroupBuilder preparations, string name, string summary, Func<PreparationBoard, string, string, Outcome<PreparationJob>> act) =>
        preparations.MapPost($"/{{id}}/{name}", (string id, ClaimsPrincipal user, PreparationBoard board) => Answers.Of(act(board, id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary(summary);
}
