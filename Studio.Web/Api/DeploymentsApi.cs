using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Registry;
using Studio.Web.Access;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary>An alias to answer with an adapter.</summary>
public sealed record NewDeployment(string AdapterId, string Alias)
{
    /// <summary>True answers when the deployment is ready or has failed instead of at once.</summary>
    public bool Wait { get; init; }
}

/// <summary><c>/api/deployments</c>.</summary>
public static class DeploymentsApi
{
    public static void MapDeployments(this RouteGroupBuilder api)
    {
        var deployments = api.MapGroup("/deployments").WithTags("Deployments");

        deployments.MapPost("", async Task<Results<Created<Deployment>, ProblemHttpResult>> (NewDeployment body, ClaimsPrincipal user, EndpointRouter router, CancellationToken cancellation) =>
            Answers.Created(body.Wait ? await router.DeployAsync(body.AdapterId, body.Alias, user.Actor(), cancellation) : router.Deploy(body.AdapterId, body.Alias, user.Actor()), d => $"/api/deployments/{d.Id}"))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Deploy an adapter under an alias");

        deployments.MapGet("", (EndpointRouter router) => TypedResults.Ok(router.List()))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List deployments");

        deployments.MapGet("/{id}", Results<Ok<Deployment>, ProblemHttpResult> (string id, EndpointRouter router) => router.Get(id) is { } deployment ? TypedResults.Ok(deployment) : Answers.Missing("deployment", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A deployment");

        deployments.MapGet("/{id}/traffic", Results<Ok<TrafficStatistics>, ProblemHttpResult> (string id, EndpointRouter router, EndpointTraffic traffic) =>
            router.Get(id) is { } deployment ? TypedResults.Ok(traffic.Of(deployment.Alias)) : Answers.Missing("deployment", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Requests, errors and times of an alias since start");

        deployments.MapPost("/{id}/rollback", (string id, ClaimsPrincipal user, EndpointRouter router) => Answers.Of(router.Rollback(id, user.Actor())))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Go back to the version before");

        deployments.MapDelete("/{id}", async (string id, ClaimsPrincipal user, EndpointRouter router, CancellationToken cancellation) => Answers.Gone(await router.UndeployAsync(id, user.Actor(), cancellation)))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Stop answering under an alias");
    }
}
