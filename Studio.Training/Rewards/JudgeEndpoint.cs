using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Loop;

namespace Studio.Training.Rewards;

/// <summary>A model behind an OpenAI-compatible endpoint that is asked to judge.</summary>
internal sealed class JudgeEndpoint : IDisposable
{
    private const int AtOnce = 8;
    private const int Tries = 3;

    private readonly HttpClient client;
    private readonly Uri address;
    private readonly string model;
    private readonly SemaphoreSlim room = new(AtOnce);

    /// <param name="keyVariable">Name of the environment variable that holds the key; null sends none.</param>
    /// <exception cref="TrainingFailure">The variable is not set.</exception>
    public JudgeEndpoint(string url, string model, string? keyVariable, HttpMessageHandler? handler = null)
    {
        (address, this.model) = (new Uri(url.TrimEnd('/') + "/chat/completions"), model);
        client = new HttpClient(handler ?? new SocketsHttpHandler()) { Timeout = TimeSpan.FromMinutes(2) };
        if (string.IsNullOrWhiteSpace(keyVariable))
        {
            return;
        }

        var key = Environment.GetEnvironmentVariable(keyVariable)
            ?? throw new TrainingFailure("bad_option", $"The environment variable {keyVariable}, which judge_key_variable names, is not set for the trainer.", "Set it where the host runs, or leave judge_key_variable empty.");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>The text of the reply.</summary>
    /// <exception cref="TrainingFailure">The endpoint does not answer after three tries.</exception>
    public async Task<string> AskAsync(JsonArray messages, JsonObject? parameters, CancellationToken cancellation)
    {
        var body = parameters?.DeepClone().AsObject() ?? new JsonObject { ["temperature"] = 0 };
        body["model"] = model;
        body["messages"] = messages;
        await room.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    using var reply = await client.PostAsJsonAsync(address, body, cancellation).ConfigureAwait(false);
                    reply.EnsureSuccessStatusCode();
                    var answer = await reply.Content.ReadFromJsonAsync<JsonObject>(cancellation).ConfigureAwait(false);
                    return answer?["choices"]?[0]?["message"]?["content"]?.GetValue<string>() ?? "";
                }
                catch (Exception fault) when (fault is HttpRequestException or JsonException or InvalidOperationException or TaskCanceledException && !cancellation.IsCancellationRequested)
                {
                    if (attempt == Tries)
                    {
                        throw new TrainingFailure("judge_failed", $"The judge {model} at {address} did not answer: {fault.Message}", "Check its address, model and key, then resume the job; what is trained is kept.");
                    }
                }
            }
        }
        finally
        {
            room.Release();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        room.Dispose();
    }
}
