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
        v1.MapModels();
        v1.MapChat();
        v1.Map("/{**rest}", Unknown).ExcludeFromDescription();
    }

    public static void MapStudioApi(this WebApplication app)
    {
        var api = app.MapGroup("/api");
        api.MapDatasets();
        api.MapJobs();
        api.MapAdapters();
        api.MapDeployments();
        api.MapBaseModels();
        api.MapRecipes();
        api.MapKeys();
        api.MapUsers();
        api.MapMachine();
        api.MapAudit();
        api.MapSession();
        api.Map("/{**rest}", Unknown).ExcludeFromDescription();
    }

    public static void MapReference(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(AccessNames.Viewer);
        app.MapScalarApiReference("/reference", o => o.WithTitle("Studio API").DisableDefaultFonts().DisableTelemetry()).RequireAuthorization(AccessNames.Viewer);
    }

    private static void Unknown(HttpContext context) => context.Response.StatusCode = StatusCodes.Status404NotFound;
}
