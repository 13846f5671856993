using Microsoft.AspNetCore.Routing.Template;

namespace Studio.Web.Api;

/// <summary>
/// Answers what no endpoint of the API takes: 404 for an unknown path, 405 where the path has other methods, 415 where only the content type was wrong.
/// Without it the pages' own fallback would take such requests and answer with HTML.
/// </summary>
internal static class UnknownRoutes
{
    public static void MapUnknownRoutes(this RouteGroupBuilder group) =>
        group.Map("/{**rest}", Answer).WithOrder(int.MaxValue).AllowAnonymous().ExcludeFromDescription();

    private static void Answer(HttpContext context, EndpointDataSource endpoints)
    {
        HashSet<string> methods = new(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>().Where(e => e.Order < int.MaxValue))
        {
            if (endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { } known
                && new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(context.Request.Path, []))
            {
                methods.UnionWith(known.HttpMethods);
            }
        }

        if (methods.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (methods.Contains(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = string.Join(", ", methods.Order(StringComparer.Ordinal));
        }
    }
}
