using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Access;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary>A key to make.</summary>
public sealed record NewKey(string Name, Role Role = Role.Trainer, int? ExpiresInDays = null);

/// <summary>A key as lists show it: never its hash.</summary>
public sealed record KeyView(string Id, string Name, string Prefix, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    public static KeyView Of(ApiKey key) => new(key.Id, key.Name, key.Prefix, key.Role, key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}

/// <summary>A new key; this is the only time the whole of it is seen.</summary>
public sealed record CreatedKey(KeyView Record, string Key);

/// <summary><c>/api/keys</c>.</summary>
public static class KeysApi
{
    public static void MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/keys").WithTags("Keys").RequireAuthorization(AccessNames.Owner);

        keys.MapGet("", (KeyRing ring) => TypedResults.Ok(ring.List().Select(KeyView.Of))).WithSummary("List keys");

        keys.MapPost("", Results<Created<CreatedKey>, ProblemHttpResult> (NewKey body, ClaimsPrincipal user, KeyRing ring) =>
        {
            var made = ring.Create(body.Name, body.Role, user.UserId(), body.ExpiresInDays is { } days ? TimeSpan.FromDays(days) : null, user.Actor());
            return made.Succeeded
                ? TypedResults.Created($"/api/keys/{made.Value.Record.Id}", new CreatedKey(KeyView.Of(made.Value.Record), made.Value.Key))
                : Answers.Refused(made.Problems);
        }).WithSummary("Make a key; it is shown once");

        keys.MapDelete("/{id}", (string id, ClaimsPrincipal user, KeyRing ring) => Answers.Of(ring.Revoke(id, user.Actor()), KeyView.Of)).WithSummary("Revoke a key");
    }
}
