using System.Text.Json;
using System.Text.Json.Serialization;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Api;
using Studio.Web.Machine;
using Studio.Web.Models;
using Studio.Web.Registry;
using Studio.Web.Release;
using Studio.Web.Reviews;
using Studio.Web.Serving;

namespace Studio.Web;

/// <summary>The services of the host, by area.</summary>
internal static class StudioServices
{
    public static void ConfigureHost(this WebApplicationBuilder builder, StudioOptions options)
    {
        builder.Logging.ClearProviders();
        if (options.JsonLogs)
        {
            builder.Logging.AddJsonConsole(o => o.UseUtcTimestamp = true);
        }
        else
        {
            builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, "HH:mm:ss ", true));
        }

        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("System", LogLevel.Warning);
        builder.Logging.AddFilter("Hangfire", LogLevel.Warning);

        // What keeps the host from starting is told in one line (Startup); the keys lie in a folder that only this user can read.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 16 << 20;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 << 10;
        });

        // A trainer gets 30 s to save, then everything else has some seconds to close.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(45));
    }

    public static void AddStudio(this IServiceCollection services, StudioOptions options, StudioDatabase database, StudioPaths paths, TimeProvider time)
    {
        services.AddSingleton(options);
        services.AddSingleton(paths);
        services.AddSingleton(time);

        // Made by a factory so that the container closes the store, last of all.
        services.AddSingleton(_ => database);
        services.AddSingleton(_ => new DatasetLibrary(database, new BlobFolder(paths.Root), time) { MaxUploadBytes = options.UploadLimitBytes });
        services.AddSingleton<AuditLog>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<Accounts>();
        services.AddSingleton<MachineState>();
    }

    public static void AddServing(this IServiceCollection services)
    {
        services.AddSingleton<AdapterLibrary>();
        services.AddSingleton<RecentAnswers>();
        services.AddSingleton<ModelDirectory>();
        services.AddSingleton<EndpointTraffic>();
        services.AddSingleton<EndpointRouter>();
        services.AddSingleton<ChatGateway>();
        services.AddSingleton<LocalWorkers>();
        services.AddHostedService(s => s.GetRequiredService<LocalWorkers>());
    }

    /// <summary>Policy, gate, overrides, passports, and votes that wait for review.</summary>
    public static void AddRelease(this IServiceCollection services)
    {
        services.AddSingleton(s => PassportKey.Open(s.GetRequiredService<StudioPaths>().PassportKey));
        services.AddSingleton<PolicyBook>();
        services.AddSingleton<ReleaseGate>();
        services.AddSingleton<Passports>();
        services.AddSingleton<Overrides>();
        services.AddSingleton<VoteBox>();
        services.AddHostedService<PassportRenewal>();
    }

    public static void AddModels(this IServiceCollection services)
    {
        services.AddSingleton<BaseModelCatalog>();
        services.AddSingleton<BundledModels>();
        services.AddHostedService(s => s.GetRequiredService<BundledModels>());
    }

    public static void AddApi(this IServiceCollection services)
    {
        services.AddSingleton<FineTuningShapes>();
        services.AddSingleton<Uploads>();
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Studio";
            document.Info.Description = "Fine-tune language models and serve them. Everything under /v1 has the shapes of the OpenAI API; Studio's own resources are under /api.";
            return Task.CompletedTask;
        }));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(o =>
        {
            var json = o.SerializerOptions;
            json.PropertyNamingPolicy = StudioJson.Options.PropertyNamingPolicy;
            json.DefaultIgnoreCondition = StudioJson.Options.DefaultIgnoreCondition;
            json.Encoder = StudioJson.Options.Encoder;
            json.NumberHandling = StudioJson.Options.NumberHandling;
            json.MaxDepth = StudioJson.Options.MaxDepth;
            json.PropertyNameCaseInsensitive = false;
            json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.RespectNullableAnnotations = true;
            json.RespectRequiredConstructorParameters = true;
            json.AllowDuplicateProperties = false;
            json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        });
    }
}
