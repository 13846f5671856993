using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>
/// The serving worker: a loopback HTTP server around one engine. It speaks the OpenAI API, and vLLM's calls to load and unload adapters.
/// </summary>
public sealed class WorkerServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WorkerServer(WebApplication app) => _app = app;

    /// <summary>Address it listens on, e.g. <c>http://127.0.0.1:43121</c>.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="port">0 takes a free one.</param>
    /// <param name="token">Bearer token every request must bring; null asks for none.</param>
    public static async Task<WorkerServer> StartAsync(Engine engine, int port, string? token, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();

        // Standard output belongs to the line that says where the worker listens.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = 16 << 20;
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        app.Use((http, next) => GuardAsync(http, next, token));
        MapRoutes(app, engine, time);
        app.MapFallback(http => throw new ApiFault(404, $"There is no {http.Request.Method} {http.Request.Path}.", code: "unknown_url"));
        await app.StartAsync(cancellation).ConfigureAwait(false);
        return new WorkerServer(app);
    }

    /// <summary>Ends when the process is asked to stop.</summary>
    public Task WaitAsync(CancellationToken cancellation) => ((IHost)_app).WaitForShutdownAsync(cancellation);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void MapRoutes(WebApplication app, Engine engine, TimeProvider time)
    {
        var chat = new ChatEndpoint(engine, time);
        var completions = new CompletionEndpoint(engine, time);
        var adapters = new AdapterEndpoints(engine);
        app.MapGet("/health", http => Replies.WriteJsonAsync(http, new JsonObject { ["status"] = "ok" }));
        app.MapGet("/metrics", http => Replies.WriteJsonAsync(http, engine.Statistics.ToJson()));
        app.MapGet("/v1/models", adapters.ListAsync);
        app.MapPost("/v1/chat/completions", chat.HandleAsync);
        app.MapPost("/v1/completions", completions.HandleAsync);
        app.MapPost("/v1/load_lora_adapter", adapters.LoadAsync);
        app.MapPost("/v1/unload_lora_adapter", adapters.UnloadAsync);
        app.MapPost("/v1/prove_lora_adapter", adapters.ProveAsync);
    }

    /// <summary>Checks the token and turns every fault into an answer a client can read.</summary>
    private static async Task GuardAsync(HttpContext http, RequestDelegate next, string? token)
    {
        try
        {
            if (token is not null && !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes("Bearer " + token)))
            {
                throw new ApiFault(401, "This worker answers its own studio only.", code: "invalid_api_key", type: "authentication_error");
            }

            await next(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            var error = fault switch
            {
                ApiFault known => known,
                QueueFullException full => new ApiFault(429, full.Message, code: "queue_full", type: "rate_limit_error"),
                BadHttpRequestException bad => new ApiFault(bad.StatusCode, bad.Message),
                _ => null,
            };
            if (error is null)
            {
                http.RequestServices.GetRequiredService<ILogger<WorkerServer>>().LogError(fault, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
                error = new ApiFault(500, "The worker failed while answering; its log says why.", type: "server_error");
            }

            if (error.Status == 429)
            {
                http.Response.Headers.RetryAfter = "1";
            }

            await Replies.WriteJsonAsync(http, error.ToJson(), error.Status).ConfigureAwait(false);
        }
    }
}
