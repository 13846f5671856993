using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Models;

namespace Studio.Web.Telemetry;

/// <summary>Health for probes, numbers for Prometheus.</summary>
internal static class TelemetrySetup
{
    private const string ReadyTag = "ready";

    public static void AddTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<StudioMeters>();
        services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("studio"))
            .WithMetrics(m => m
                .AddMeter(StudioMeters.Name)
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        services.AddHealthChecks()
            .AddCheck<ModelsReady>("models", tags: [ReadyTag])
            .AddCheck<StoreReady>("store", tags: [ReadyTag]);
    }

    public static void MapTelemetry(this WebApplication app)
    {
        // Made now, so that its gauges are there at the first scrape.
        app.Services.GetRequiredService<StudioMeters>();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains(ReadyTag), ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(AccessNames.Viewer);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        Status = report.Status.ToString(),
        Checks = report.Entries.ToDictionary(e => e.Key, e => new { Status = e.Value.Status.ToString(), e.Value.Description }),
    });

    private sealed class ModelsReady(BundledModels bundled) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            bundled.Ready ? HealthCheckResult.Healthy("A base model can be used.") : HealthCheckResult.Unhealthy("No base model can be used yet."));
    }

    private sealed class StoreReady(StudioDatabase database) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            _ = database.Settings.Get("none");
            return Task.FromResult(HealthCheckResult.Healthy("The store is open."));
        }
    }
}
