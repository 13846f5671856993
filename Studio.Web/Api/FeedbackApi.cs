using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Datasets;
using Studio.Data.Reviews;
using Studio.Web.Access;
using Studio.Web.Reviews;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary>What somebody thought of an answer: by the id of the answer, or with messages and answer.</summary>
public sealed record NewFeedback
{
    /// <summary>Id of a chat completion that this host gave lately; messages, answer and model follow from it. Answers are kept in memory only, the newest 500: send messages and answer where feedback comes later.</summary>
    public string? RequestId { get; init; }

    public string? Model { get; init; }

    public JsonArray? Messages { get; init; }

    public string? Answer { get; init; }

    /// <summary>up or down, for one answer.</summary>
    public string? Rating { get; init; }

    /// <summary>Several answers to compare instead of one.</summary>
    public IReadOnlyList<VotedAnswer>? Answers { get; init; }

    /// <summary>Index of the better one of several; null when all are bad.</summary>
    public int? Preferred { get; init; }

    /// <summary>The answer that should have been given.</summary>
    public string? BetterAnswer { get; init; }

    public string? Comment { get; init; }
}

/// <summary>A reviewer's word on votes.</summary>
public sealed record VoteReview(IReadOnlyList<string> Ids, ReviewState State);

/// <summary>What may change of a vote: the wanted answer (which accepts it).</summary>
public sealed record VoteEdit(string? Text = null);

/// <summary>How many votes changed.</summary>
public sealed record VotesReviewed(int Changed);

/// <summary>What would become of the accepted votes.</summary>
public sealed record VoteSummary(int Open, int Accepted, int Rejected, int Pairs, int Ties, int WithoutPair, double? Agreement, int JudgedAgain, string? DatasetId);

/// <summary><c>/api/feedback</c>.</summary>
public static class FeedbackApi
{
    public static void MapFeedback(this RouteGroupBuilder api)
    {
        var feedback = api.MapGroup("/feedback").WithTags("Feedback");

        feedback.MapPost("", (NewFeedback body, ClaimsPrincipal user, VoteBox box, RecentAnswers recent) => Answers.Created(Add(body, user, box, recent), v => $"/api/feedback/{v.Id}"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Flag an answer (by request id, or messages and answer) or compare several; it waits for review");

        feedback.MapGet("", (VoteBox box, string? state, string? after, int? limit) =>
        {
            var wanted = Answers.Word<ReviewState>(state, "state");
            return TypedResults.Ok(box.List(v => wanted is null || v.State == wanted, after, Answers.Size(limit)));
        })
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Votes and flagged answers, newest first");

        feedback.MapGet("/summary", (VoteBox box) =>
        {
            var all = box.List();
            var pairs = box.Pairs();
            int Count(ReviewState state) => all.Count(v => v.State == state);
            return TypedResults.Ok(new VoteSummary(Count(ReviewState.Open), Count(ReviewState.Accepted), Count(ReviewState.Rejected), pairs.Pairs.Count, pairs.Ties, pairs.WithoutPair, pairs.Agreement, pairs.JudgedAgain, box.Dataset()?.Id));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Counts, pairs and agreement of the votes");

        feedback.MapGet("/{id}", Results<Ok<Vote>, ProblemHttpResult> (string id, VoteBox box) => box.Get(id) is { } vote ? TypedResults.Ok(vote) : Answers.Missing("vote", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A vote");

        feedback.MapPatch("/{id}", (string id, VoteEdit body, ClaimsPrincipal user, VoteBox box) => Answers.Of(box.Edit(id, body.Text ?? "", user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Write the wanted answer and accept the vote");

        feedback.MapPost("/review", (VoteReview body, ClaimsPrincipal user, VoteBox box) => TypedResults.Ok(new VotesReviewed(box.Review(body.Ids.Where(i => i is not null), body.State, user.Actor()))))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Accept, reject or reopen votes");

        feedback.MapPost("/dataset", async Task<Results<Ok<DatasetVersion>, ProblemHttpResult>> (ClaimsPrincipal user, VoteBox box, CancellationToken cancellation) =>
            Answers.Of(await box.MakeDatasetAsync(user.Actor(), user.UserId(), cancellation)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Make a preference dataset version of the accepted votes");
    }

    private static Outcome<Vote> Add(NewFeedback body, ClaimsPrincipal user, VoteBox box, RecentAnswers recent)
    {
        var known = body.RequestId is { Length: > 0 } id ? recent.Find(id) : null;
        if (known is null && (body.Messages is null || (body.Answer is null && body.Answers is not { Count: > 0 })))
        {
            return body.RequestId is { Length: > 0 } asked
                ? Refusals.Invalid("request_id", $"The answer \"{asked}\" is not known here: only the newest {RecentAnswers.Most} answers since the start are, because prompts that nobody flags are not stored.", "Send the messages and the answer with the feedback; then no id is needed.")
                : Refusals.Invalid("messages", "The feedback says neither which answer it is about nor what was asked.", "Send request_id, or messages and answer.");
        }

        if (body.Answers?.Any(a => a is null) == true)
        {
            return Refusals.Invalid("answers", "An answer is null.", "Give each answer a model and a text.");
        }

        var compared = body.Answers is { Count: > 0 };
        if (!compared && body.Rating is not ("up" or "down"))
        {
            return Refusals.Invalid("rating", "The rating is missing.", "Use up or down.");
        }

        if (compared && body.Preferred is { } index && (index < 0 || index >= body.Answers!.Count))
        {
            return Refusals.Invalid("preferred", "There is no answer with this index.", "Count from 0, or leave it out when all answers are bad.");
        }

        var prompt = body.Messages is { } messages ? RecentAnswers.Read(messages) : known!.Prompt;
        if (prompt is null)
        {
            return Refusals.Invalid("messages", "The messages are not readable.", "Each needs a role (system, developer, user, assistant, tool) and a text.");
        }

        return box.Add(new Vote
        {
            Id = "",
            CreatedAt = default,
            Kind = compared ? (body.Preferred is null ? VoteKind.AllBad : VoteKind.Better) : body.Rating == "up" ? VoteKind.Good : VoteKind.Bad,
            Source = "endpoint",
            Prompt = prompt,
            Answers = compared ? body.Answers! : [new VotedAnswer(body.Model ?? known?.Model ?? "", body.Answer ?? known!.Answer)],
            Preferred = compared ? body.Preferred : null,
            Edited = string.IsNullOrWhiteSpace(body.BetterAnswer) ? null : body.BetterAnswer.Trim(),
            Comment = string.IsNullOrWhiteSpace(body.Comment) ? null : body.Comment.Trim(),
            RequestId = body.RequestId,
            By = user.Actor(),
        });
    }
}
