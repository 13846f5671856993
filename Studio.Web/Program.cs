using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Api;
using Studio.Web.Jobs;
using Studio.Web.Telemetry;

namespace Studio.Web;

/// <summary>The host, as a table of contents.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => Startup.RunAsync(args);

    public static WebApplication Build(StudioOptions options, StudioDatabase database, StudioPaths paths, TimeProvider time, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Studio.Web", ContentRootPath = AppContext.BaseDirectory });
        builder.ConfigureHost(options);
        builder.Services.AddStudio(options, database, paths, time);
        builder.Services.AddAccess(options, paths);
        builder.Services.AddJobs(options);
        builder.Services.AddServing();
        builder.Services.AddRelease();
        builder.Services.AddModels();
        builder.Services.AddApi();
        builder.Services.AddTelemetry();
        builder.AddUserInterface();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.UseMiddleware<ErrorShapes>();
        app.UseWhen(context => !ErrorShapes.IsApi(context), pages => pages.UseExceptionHandler("/error", createScopeForErrors: true));
        app.UseUserInterface();
        app.UseRouting();
        app.UseAuthentication();
        app.UseMiddleware<CrossOriginGuard>();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();

        app.MapOpenAiApi();
        app.MapStudioApi();
        app.MapReference();
        app.MapJobDashboard(options);
        app.MapTelemetry();
        app.MapUserInterface();
        return app;
    }
}
