using System.Security.Claims;
using Studio.Data.Jobs;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary>Routes that jobs of every kind have.</summary>
internal static class JobRoutes
{
    /// <summary>POST /{id}/WORD: asks something of a job.</summary>
    public static void MapAction<TBoard, TJob>(this RouteGroupBuilder jobs, string word, string summary, Func<TBoard, string, string, Outcome<TJob>> act)
        where TBoard : Board<TJob>
        where TJob : LeasedJob =>
        jobs.MapPost($"/{{id}}/{word}", (string id, ClaimsPrincipal user, TBoard board) => Answers.Of(act(board, id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary(summary);

    /// <summary>DELETE /{id}: removes a job that has ended.</summary>
    public static void MapDeletion<TBoard, TJob>(this RouteGroupBuilder jobs, string summary)
        where TBoard : Board<TJob>
        where TJob : LeasedJob =>
        jobs.MapDelete("/{id}", (string id, ClaimsPrincipal user, TBoard board) => Answers.Gone(board.Delete(id, user.Actor())))
            .RequireAuthorization(AccessNames.Trainer).WithSummary(summary);
}
