using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Studio.Data.Access;

namespace Studio.Web.Access;

/// <summary>With --local-trial whoever comes over loopback is the owner.</summary>
public sealed class TrialHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public static ClaimsPrincipal Owner { get; } = new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, "local"), new Claim(ClaimTypes.Name, "local"), new Claim(ClaimTypes.Role, nameof(Role.Owner))],
        AccessNames.Trial));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(Context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            ? AuthenticateResult.Success(new AuthenticationTicket(Owner, AccessNames.Trial))
            : AuthenticateResult.NoResult());
}
