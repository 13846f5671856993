using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Studio.Data.Access;

namespace Studio.Web.Access;

/// <summary>Schemes, policies, keys and limits.</summary>
public static class AccessSetup
{
    /// <summary>Rate-limit policy of the sign-in forms.</summary>
    public const string SignInLimit = "sign-in";

    public static void AddAccess(this IServiceCollection services, StudioOptions options, StudioPaths paths)
    {
        services.AddDataProtection().SetApplicationName("Studio").PersistKeysToFileSystem(new DirectoryInfo(paths.Keys));
        services.AddAntiforgery(o =>
        {
            o.HeaderName = CrossOriginGuard.TokenHeader;
            o.Cookie.Name = "studio-antiforgery";
            o.Cookie.SameSite = SameSiteMode.Strict;
        });
        services.AddAuthentication(AccessNames.Scheme)
            .AddPolicyScheme(AccessNames.Scheme, null, o => o.ForwardDefaultSelector = context =>
                options.LocalTrial ? AccessNames.Trial
                : KeyHandler.HasBearer(context.Request) || context.Request.Path.StartsWithSegments("/v1") ? AccessNames.Key
                : AccessNames.Cookie)
            .AddScheme<AuthenticationSchemeOptions, KeyHandler>(AccessNames.Key, null)
            .AddScheme<AuthenticationSchemeOptions, TrialHandler>(AccessNames.Trial, null)
            .AddCookie(AccessNames.Cookie, o =>
            {
                o.Cookie.Name = "studio";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.ExpireTimeSpan = TimeSpan.FromDays(7);
                o.SlidingExpiration = true;
                o.LoginPath = "/sign-in";
                o.AccessDeniedPath = "/forbidden";
                o.ReturnUrlParameter = "returnUrl";
                o.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
                o.Events.OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden);
                o.Events.OnValidatePrincipal = async context =>
                {
                    if (context.Principal is null || !context.HttpContext.RequestServices.GetRequiredService<Accounts>().IsCurrent(context.Principal))
                    {
                        context.RejectPrincipal();
                        await context.HttpContext.SignOutAsync(AccessNames.Cookie);
                    }
                };
            });
        services.AddAuthorizationBuilder()
            .AddPolicy(AccessNames.Viewer, p => p.RequireRole(nameof(Role.Viewer), nameof(Role.Trainer), nameof(Role.Owner)))
            .AddPolicy(AccessNames.Trainer, p => p.RequireRole(nameof(Role.Trainer), nameof(Role.Owner)))
            .AddPolicy(AccessNames.Owner, p => p.RequireRole(nameof(Role.Owner)));
        services.AddRateLimiter(o => Limit(o, options));
    }

    /// <summary>Name of who does it, for records and the audit log.</summary>
    public static string Actor(this ClaimsPrincipal user) => user.Identity?.Name ?? AuditLog.System;

    public static string? UserId(this ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);

    private static void Limit(Microsoft.AspNetCore.RateLimiting.RateLimiterOptions limiter, StudioOptions options)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/api")
                ? RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = options.RequestsPerMinute,
                    TokensPerPeriod = Math.Max(options.RequestsPerMinute / 60, 1),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                })
                : RateLimitPartition.GetNoLimiter(""));
        limiter.AddPolicy(SignInLimit, context => RateLimitPartition.GetFixedWindowLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }));
        limiter.OnRejected = async (rejected, cancellation) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "1";
            await Api.ErrorShapes.WriteAsync(rejected.HttpContext, new RequestException(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", "Too many requests. Slow down and try again.") { RetryAfter = 1 }, cancellation);
        };
    }

    private static string Caller(HttpContext context) =>
        context.User.FindFirstValue(AccessNames.KeyClaim) ?? context.User.UserId() ?? context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static Task Answer(Microsoft.AspNetCore.Authentication.RedirectContext<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions> context, int status)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/api") || path.StartsWithSegments("/account") || path.StartsWithSegments("/openapi"))
        {
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
