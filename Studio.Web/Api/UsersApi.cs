using System.Security.Claims;
using Studio.Data.Access;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary>A person to add.</summary>
public sealed record NewUser(string Name, string Password, Role Role = Role.Trainer);

/// <summary>What may change of a person; null leaves it.</summary>
public sealed record UserChange(Role? Role = null, string? Password = null);

/// <summary>A person as lists show them.</summary>
public sealed record UserView(string Id, string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? LockedUntil)
{
    public static UserView Of(User user) => new(user.Id, user.Name, user.Role, user.CreatedAt, user.LockedUntil);
}

/// <summary><c>/api/users</c>.</summary>
public static class UsersApi
{
    public static void MapUsers(this RouteGroupBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users").RequireAuthorization(AccessNames.Owner);

        users.MapGet("", (Accounts accounts) => TypedResults.Ok(accounts.List().Select(UserView.Of))).WithSummary("List people");

        users.MapPost("", (NewUser body, ClaimsPrincipal user, Accounts accounts) => Answers.Of(accounts.Create(body.Name, body.Password, body.Role, user.Actor()), UserView.Of)).WithSummary("Add a person");

        users.MapPatch("/{id}", (string id, UserChange body, ClaimsPrincipal user, Accounts accounts) =>
        {
            var changed = body.Role is { } role ? accounts.ChangeRole(id, role, user.Actor())
                : accounts.Get(id) is { } known ? known
                : Refusals.Missing("user", id, "id");
            return Answers.Of(changed.Succeeded && body.Password is { } password ? accounts.ChangePassword(id, password, user.Actor()) : changed, UserView.Of);
        }).WithSummary("Change role or password");

        users.MapDelete("/{id}", (string id, ClaimsPrincipal user, Accounts accounts) => Answers.Gone(accounts.Delete(id, user.Actor()))).WithSummary("Remove a person");
    }
}
