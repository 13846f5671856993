using System.Net;
using Microsoft.AspNetCore.Antiforgery;

namespace Studio.Web.Access;

/// <summary>
/// Keeps other web sites from using a browser that is signed in here: names that are not this host's are refused on loopback (DNS rebinding), and requests
/// that change something must come from a page of this host. With a cookie they must also carry the antiforgery token.
/// </summary>
public sealed class CrossOriginGuard(RequestDelegate next, IAntiforgery antiforgery, StudioOptions options)
{
    public const string TokenHeader = "RequestVerificationToken";

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (options.LoopbackOnly && !IsLoopbackName(request.Host.Host))
        {
            throw new RequestException(StatusCodes.Status421MisdirectedRequest, "wrong_host", "This Studio answers under loopback names only.");
        }

        // A socket is opened with GET and can then do everything.
        var changes = (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method)) || request.Headers.Upgrade.Count > 0;
        if (changes && !KeyHandler.HasBearer(request))
        {
            if (IsForeign(request))
            {
                throw new RequestException(StatusCodes.Status403Forbidden, "cross_origin", "The request comes from another site.");
            }

            if (context.User.Identity?.AuthenticationType == AccessNames.Cookie && request.Path.StartsWithSegments("/api") && !await HasTokenAsync(context))
            {
                throw RequestException.Invalid(TokenHeader, $"The antiforgery token is missing or wrong. Read it from /api/antiforgery and send it as {TokenHeader}.", "antiforgery");
            }
        }

        await next(context);
    }

    private async Task<bool> HasTokenAsync(HttpContext context) =>
        context.Request.Headers.ContainsKey(TokenHeader) && await antiforgery.IsRequestValidAsync(context);

    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
        {
            return site is not ("same-origin" or "none");
        }

        return request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsLoopbackName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
