using Scalar.AspNetCore;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary>All resources of the HTTP API: one file each.</summary>
internal static class ApiRoutes
{
    public static void MapOpenAiApi(this WebApplication app)
    {
        var v1 = app.MapGroup("/v1");
        v1.MapFiles();
        v1.MapFineTuningJobs();
        v1.MapEvals();
        v1.MapModels();
        v1.MapChat();
        v1.MapUnknownRoutes();
    }

    public static void MapStudioApi(this WebApplication app)
    {
        var api = app.MapGroup("/api");
        api.MapDatasets();
        api.MapJobs();
        api.MapEvaluations();
        api.MapPreparations();
        api.MapAdapters();
        api.MapDeployments();
        api.MapRelease();
        api.MapPassports();
        api.MapFeedback();
        api.MapBaseModels();
        api.MapRecipes();
        api.MapKeys();
        api.MapUsers();
        api.MapMachine();
        api.MapAudit();
        api.MapSession();
        api.MapUnknownRoutes();
    }

    public static void MapReference(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(AccessNames.Viewer);

        // Scalar brings the script; its own page starts it from an inline script, which the content security policy forbids.
        app.MapScalarApiReference("/scalar").RequireAuthorization(AccessNames.Viewer).ExcludeFromDescription();
        app.MapGet("/reference", () => Results.Text(ReferencePage, "text/html; charset=utf-8")).RequireAuthorization(AccessNames.Viewer).ExcludeFromDescription();
        app.MapGet("/reference/start.js", () => Results.Text(ReferenceScript, "text/javascript; charset=utf-8")).RequireAuthorization(AccessNames.Viewer).ExcludeFromDescription();
    }

    private const string ReferencePage =
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>Studio API</title>
          <link rel="icon" href="/favicon.svg" type="image/svg+xml">
        </head>
        <body>
          <div id="app"></div>
          <script src="/scalar/scalar.js"></script>
          <script src="/reference/start.js"></script>
        </body>
        </html>
        """;

    private const string ReferenceScript = "Scalar.createApiReference('#app', { url: '/openapi/v1.json', withDefaultFonts: false, telemetry: false, hideClientButton: true });";
}
