using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Registry;
using Studio.Web.Release;

namespace Studio.Web.Api;

/// <summary>What the gate says of an adapter.</summary>
/// <param name="Allowed">It may be deployed: the verdict passed, or two people overrode it.</param>
/// <param name="Measured">At least one rule looked at a measured number.</param>
/// <param name="OverrideImpossible">Why nobody can override it here.</param>
public sealed record VerdictView(string AdapterId, bool Allowed, bool Measured, Verdict Verdict, PolicyOverride? Override, OverrideRequest? Pending, Problem? OverrideImpossible);

/// <summary>Why an adapter shall be released although it fails.</summary>
public sealed record OverrideReason(string? Reason = null);

/// <summary>What the second person has to say.</summary>
public sealed record OverrideComment(string? Comment = null);

/// <summary>The rules of the next version of a policy.</summary>
public sealed record PolicyChange(IReadOnlyList<PolicyRule> Rules)
{
    /// <summary>Why, for the history.</summary>
    public string? Note { get; init; }

    /// <summary>Version that the change starts from; it is refused when that is no longer the newest.</summary>
    public int? Version { get; init; }
}

/// <summary>Rules to try.</summary>
public sealed record PolicyTest(IReadOnlyList<PolicyRule> Rules);

/// <summary><c>/api/policies</c>, <c>/api/overrides</c> and the verdict of an adapter.</summary>
public static class ReleaseApi
{
    public static void MapRelease(this RouteGroupBuilder api)
    {
        var adapters = api.MapGroup("/adapters/{id}").WithTags("Release");

        adapters.MapGet("/verdict", Results<Ok<VerdictView>, ProblemHttpResult> (string id, AdapterLibrary library, ReleaseGate gate, Overrides overrides) =>
            library.Get(id) is { } adapter ? TypedResults.Ok(View(adapter, gate, overrides)) : Answers.Missing("adapter", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("What the release policy says of an adapter, rule by rule");

        adapters.MapPost("/override", (string id, OverrideReason body, ClaimsPrincipal user, Overrides overrides) => Answers.Created(overrides.Request(id, body.Reason, user), _ => $"/api/adapters/{id}/verdict"))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Ask for a release against the policy, with a reason");

        adapters.MapPost("/override/approve", (string id, OverrideComment body, ClaimsPrincipal user, Overrides overrides) => Answers.Of(overrides.Decide(id, approve: true, body.Comment, user)))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Approve the override that another person asked for");

        adapters.MapPost("/override/refuse", (string id, OverrideComment body, ClaimsPrincipal user, Overrides overrides) => Answers.Of(overrides.Decide(id, approve: false, body.Comment, user)))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Refuse or take back an override that was asked for");

        api.MapGet("/overrides", (Overrides overrides, string? state) =>
        {
            var wanted = Answers.Word<OverrideState>(state, "state");
            return TypedResults.Ok(overrides.List(r => wanted is null || r.State == wanted));
        })
            .RequireAuthorization(AccessNames.Viewer).WithTags("Release").WithSummary("Overrides that were asked for, newest first");

        var policies = api.MapGroup("/policies").WithTags("Release");

        policies.MapGet("", (PolicyBook book) => TypedResults.Ok(book.List())).RequireAuthorization(AccessNames.Viewer).WithSummary("Release policies");

        policies.MapGet("/{id}", Results<Ok<ReleasePolicy>, ProblemHttpResult> (string id, PolicyBook book) => book.Get(id) is { } policy ? TypedResults.Ok(policy) : Answers.Missing("policy", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A policy with its earlier versions");

        policies.MapPut("/{id}", (string id, PolicyChange body, ClaimsPrincipal user, PolicyBook book) => Answers.Of(book.Save(id, body.Rules, body.Note, body.Version, user.Actor())))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Put other rules in force as the next version");

        policies.MapPost("/{id}/test", (string id, PolicyTest body, PolicyBook book) => Answers.Of(book.Try(body.Rules, id)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("What other rules would say of the adapters there are");
    }

    private static VerdictView View(Adapter adapter, ReleaseGate gate, Overrides overrides)
    {
        var standing = gate.Of(adapter);
        return new VerdictView(adapter.Id, standing.Allowed, standing.Measured, standing.Verdict, standing.Override, standing.Pending, standing.Allowed ? null : overrides.Impossible);
    }
}
