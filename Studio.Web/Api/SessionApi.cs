using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary>Name and password.</summary>
public sealed record SignInRequest(string Name, string Password);

/// <summary>The token that a signed-in browser sends with every change.</summary>
public sealed record AntiforgeryToken(string Token, string Header);

/// <summary>Who is asking.</summary>
public sealed record SessionView(string Name, string Role);

/// <summary><c>/api/session</c>: sign-in with a cookie, for scripts that act as a browser does.</summary>
public static class SessionApi
{
    public static void MapSession(this RouteGroupBuilder api)
    {
        api.MapGet("/session", (ClaimsPrincipal user) => TypedResults.Ok(new SessionView(user.Actor(), user.FindFirstValue(ClaimTypes.Role)?.ToLowerInvariant() ?? "")))
            .RequireAuthorization(AccessNames.Viewer).WithTags("Session").WithSummary("Who is signed in");

        api.MapPost("/session", async Task<Results<Ok<SessionView>, ProblemHttpResult>> (SignInRequest body, HttpContext context, Accounts accounts) =>
        {
            var signedIn = accounts.SignIn(body.Name, body.Password);
            if (!signedIn.Succeeded)
            {
                return TypedResults.Problem(signedIn.Summary, statusCode: StatusCodes.Status401Unauthorized, title: "Not signed in", type: "about:blank");
            }

            await context.SignInAsync(AccessNames.Cookie, Accounts.Principal(signedIn.Value, AccessNames.Cookie));
            return TypedResults.Ok(new SessionView(signedIn.Value.Name, signedIn.Value.Role.ToString().ToLowerInvariant()));
        }).AllowAnonymous().RequireRateLimiting(AccessSetup.SignInLimit).WithTags("Session").WithSummary("Sign in with a cookie");

        api.MapDelete("/session", async (HttpContext context) =>
        {
            await context.SignOutAsync(AccessNames.Cookie);
            return TypedResults.NoContent();
        }).AllowAnonymous().WithTags("Session").WithSummary("Sign out");

        api.MapGet("/antiforgery", (HttpContext context, IAntiforgery antiforgery) =>
        {
            var tokens = antiforgery.GetAndStoreTokens(context);
            return TypedResults.Ok(new AntiforgeryToken(tokens.RequestToken!, CrossOriginGuard.TokenHeader));
        }).RequireAuthorization(AccessNames.Viewer).WithTags("Session").WithSummary("The antiforgery token of this browser");
    }
}
