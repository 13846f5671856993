using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Studio.Data;
using Studio.Data.Registry;

namespace Studio.FakeTrainer;

/// <summary>
/// The routes of a serving worker. The answer repeats the last message with the model in front; the message "die" ends the process,
/// "endless" streams until the client goes away (a file "stopped" beside the model tells when), "refuse" is answered with 400.
/// </summary>
internal static class FakeWorker
{
    private static readonly ConcurrentDictionary<string, string> Adapters = new();

    public static async Task<int> RunAsync(string model)
    {
        var token = Environment.GetEnvironmentVariable("STUDIO_WORKER_TOKEN");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            if (context.Request.Headers.Authorization != $"Bearer {token}")
            {
                context.Response.StatusCode = 401;
                return;
            }

            await next(context);
        });
        app.MapGet("/health", () => "ok");
        app.MapGet("/metrics", () => Results.Text("""{"queue":0,"active":0}""", "application/json"));
        app.MapGet("/v1/models", () => Json(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([new JsonObject { ["id"] = "base", ["parent"] = null }, .. Adapters.Keys.Select(k => new JsonObject { ["id"] = k, ["parent"] = "base" })]) }));
        app.MapPost("/v1/load_lora_adapter", async (HttpContext context) =>
        {
            var body = await ReadAsync(context);
            Adapters[body["lora_name"]!.GetValue<string>()] = body["lora_path"]!.GetValue<string>();
            return "Success";
        });
        app.MapPost("/v1/unload_lora_adapter", async (HttpContext context) =>
        {
            Adapters.TryRemove((await ReadAsync(context))["lora_name"]!.GetValue<string>(), out _);
            return "Success";
        });
        app.MapPost("/v1/prove_lora_adapter", async (HttpContext context) =>
        {
            var path = Adapters[(await ReadAsync(context))["lora_name"]!.GetValue<string>()];

            // An adapter with a file "idle" changes nothing.
            return Results.Text(StudioJson.Serialize(new DeploymentProof { ModulesExpected = 4, ModulesApplied = 4, MaxLogitDifference = File.Exists(Path.Combine(path, "idle")) ? 0 : 0.5 }), "application/json");
        });
        app.MapPost("/v1/chat/completions", context => AnswerAsync(context, model, chat: true));
        app.MapPost("/v1/completions", context => AnswerAsync(context, model, chat: false));
        await app.StartAsync();
        Console.Out.WriteLine($$"""{"listening":"{{app.Urls.First()}}"}""");
        using var watch = new Timer(_ =>
        {
            if (!FakeProcess.ParentLives())
            {
                Environment.Exit(143);
            }
        }, null, 500, 500);
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, string model, bool chat)
    {
        var body = await ReadAsync(context);
        var said = chat ? Text(body["messages"]!.AsArray()[^1]!["content"]) : body["prompt"]!.ToString();
        var name = body["model"]!.GetValue<string>();
        if (name != "base" && !Adapters.ContainsKey(name))
        {
            await Refuse(context, 404, "no such model");
            return;
        }

        if (said == "refuse")
        {
            await Refuse(context, 400, "The prompt is too long for the context of the model.");
            return;
        }

        var answer = $"{(name == "base" ? "base" : "tuned")}: {said}";
        var usage = new JsonObject { ["prompt_tokens"] = 3, ["completion_tokens"] = 4, ["total_tokens"] = 7 };
        if (body["stream"]?.GetValue<bool>() != true)
        {
            Die(said);
            JsonNode choice = chat
                ? new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = answer, ["refusal"] = null }, ["logprobs"] = null, ["finish_reason"] = "stop" }
                : new JsonObject { ["index"] = 0, ["text"] = answer, ["logprobs"] = null, ["finish_reason"] = "stop" };
            await context.Response.WriteAsync(new JsonObject { ["id"] = "chatcmpl-1", ["object"] = chat ? "chat.completion" : "text_completion", ["created"] = 1, ["model"] = name, ["choices"] = new JsonArray(choice), ["usage"] = usage }.ToJsonString());
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await SendAsync(context, Chunk(name, new JsonObject { ["role"] = "assistant", ["content"] = "" }, null));
        try
        {
            do
            {
                foreach (var piece in answer.Split(' '))
                {
                    await SendAsync(context, Chunk(name, new JsonObject { ["content"] = piece + " " }, null));
                    await Task.Delay(said is "endless" or "die" ? 50 : 0, context.RequestAborted);
                    Die(said);
                }
            }
            while (said == "endless");
        }
        catch (OperationCanceledException)
        {
            await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(model)!, "stopped"), "");
            return;
        }

        await SendAsync(context, Chunk(name, [], "stop"));
        var last = Chunk(name, [], null);
        last["choices"] = new JsonArray();
        last["usage"] = usage;
        await SendAsync(context, last);
        await context.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static void Die(string said)
    {
        if (said == "die")
        {
            FakeProcess.Kill();
        }
    }

    private static JsonObject Chunk(string model, JsonObject delta, string? finish) => new()
    {
        ["id"] = "chatcmpl-1",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1,
        ["model"] = model,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
    };

    private static async Task SendAsync(HttpContext context, JsonObject chunk)
    {
        await context.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.RequestAborted.ThrowIfCancellationRequested();
    }

    private static string Text(JsonNode? content) => content is JsonArray parts ? string.Concat(parts.Select(p => p!["text"]!.ToString())) : content!.ToString();

    private static async Task<JsonObject> ReadAsync(HttpContext context) => (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();

    private static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json");

    private static async Task Refuse(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = null, ["code"] = "context_length_exceeded" } }.ToJsonString());
    }
}
