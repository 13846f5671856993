using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Registry;
using Studio.Web.Jobs;
using Studio.Web.Registry;

namespace Studio.Web.Serving;

/// <summary>
/// The serving process of one base model: started at the first request, started again after a crash, stopped when nobody asks for long.
/// Adapters are loaded on demand; the one unused for longest leaves when there are too many.
/// </summary>
public sealed class LocalWorker : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CrashWindow = TimeSpan.FromMinutes(1);
    private const int CrashesBeforePause = 3;

    private readonly TrainerProgram trainer;
    private readonly StudioOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<string, Loaded> loaded = new(StringComparer.Ordinal);
    private readonly Queue<DateTimeOffset> crashes = new();
    private TrainerProcess? process;
    private HttpClient? client;
    private string baseName = "";
    private int active;

    public LocalWorker(BaseModel model, TrainerProgram trainer, StudioOptions options, TimeProvider time, ILogger logger)
    {
        Model = model;
        this.trainer = trainer;
        this.options = options;
        this.time = time;
        this.logger = logger;
        LastUsed = time.GetUtcNow();
    }

    public BaseModel Model { get; }

    public DateTimeOffset LastUsed { get; private set; }

    public bool Running => process is { HasExited: false };

    /// <summary>Requests being answered or waiting in the worker.</summary>
    public int Active => Volatile.Read(ref active);

    public int? ProcessId => Running ? process?.Id : null;

    public IReadOnlyList<string> LoadedAdapters
    {
        get
        {
            lock (loaded)
            {
                return [.. loaded.Keys];
            }
        }
    }

    /// <summary>Takes a place in the queue; dispose it when the answer is through.</summary>
    /// <exception cref="RequestException">429: the queue is full.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref active) > options.QueueLimit)
        {
            Interlocked.Decrement(ref active);
            throw ServingFaults.Busy();
        }

        LastUsed = time.GetUtcNow();
        return new Place(this);
    }

    /// <summary>Starts the process if it does not run and loads the adapter if it is not there. Returns the worker's own name of the model.</summary>
    /// <exception cref="RequestException">503: it cannot start; 409: the adapter on disk is not the registered one.</exception>
    public async Task<string> PrepareAsync(ServedModel served, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (!Running)
            {
                await StartAsync(cancellation);
            }

            if (served.LoraName is null)
            {
                return baseName;
            }

            await LoadAsync(served, cancellation);
            return served.LoraName;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Sends a request to the worker; the answer's body is not read yet.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, JsonObject body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: StudioJson.Options) };
        return await (client ?? throw ServingFaults.WorkerFailed("its worker was stopped")).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Asks the worker whether the adapter changes the answers.</summary>
    public async Task<DeploymentProof> ProveAsync(string loraName, CancellationToken cancellation)
    {
        using var answer = await SendAsync("/v1/prove_lora_adapter", new JsonObject { ["lora_name"] = loraName }, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        return answer.IsSuccessStatusCode
            ? StudioJson.Deserialize<DeploymentProof>(text)
            : throw ServingFaults.WorkerFailed(MessageOf(text, answer.StatusCode));
    }

    /// <summary>Queue, active sequences, tokens/s as the worker counts them; null when it does not run.</summary>
    public async Task<JsonObject?> MetricsAsync(CancellationToken cancellation)
    {
        try
        {
            return Running && client is { } http ? await http.GetFromJsonAsync<JsonObject>("/metrics", cancellation) : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes an adapter out of memory, e.g. before its files are deleted.</summary>
    public async Task UnloadAsync(string loraName, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (Running && loaded.ContainsKey(loraName))
            {
                await UnloadCoreAsync(loraName, cancellation);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task StopAsync()
    {
        await gate.WaitAsync();
        try
        {
            await StopCoreAsync();
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        gate.Dispose();
    }

    /// <summary>The message in an OpenAI error body, or the body itself where it is something else.</summary>
    internal static string MessageOf(string body, HttpStatusCode status)
    {
        try
        {
            return JsonNode.Parse(body)?["error"] switch
            {
                JsonObject error => error["message"]?.ToString(),
                JsonValue text => text.ToString(),
                _ => null,
            } ?? $"the worker answered {(int)status}";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return $"the worker answered {(int)status}";
        }
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (process is not null)
        {
            crashes.Enqueue(now);
            var exit = await process.Exited;
            logger.LogWarning("The worker of {Model} ended with exit code {Code}: {Reason}", Model.Name, exit.Code, string.Join(' ', exit.LastLines.TakeLast(2)));
            await StopCoreAsync();
        }

        while (crashes.TryPeek(out var first) && now - first > CrashWindow)
        {
            crashes.Dequeue();
        }

        if (crashes.Count >= CrashesBeforePause)
        {
            throw ServingFaults.WorkerFailed("its worker crashed several times within a minute. See the host's log");
        }

        if (!Path.Exists(Model.Path))
        {
            throw ServingFaults.WorkerFailed($"the files of {Model.Name} are no longer at their place");
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var command = trainer.Command("serve", Model.Path, "--port", "0");
            command.Environment["STUDIO_WORKER_TOKEN"] = token;
            process = TrainerProcess.Start(command, line => Listen(line, address));
        }
        catch (Exception fault) when (fault is FileNotFoundException or System.ComponentModel.Win32Exception)
        {
            throw ServingFaults.WorkerFailed(fault.Message);
        }

        var winner = await Task.WhenAny(address.Task, process.Exited, Task.Delay(StartTime, time, cancellation));
        if (winner != address.Task)
        {
            var reason = process.HasExited ? string.Join(' ', (await process.Exited).LastLines.TakeLast(2)) : "it did not start in time";
            await StopCoreAsync();
            cancellation.ThrowIfCancellationRequested();
            crashes.Enqueue(now);
            throw ServingFaults.WorkerFailed(reason.Length > 0 ? reason : "its worker ended at start");
        }

        client = new HttpClient { BaseAddress = await address.Task, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        baseName = await BaseNameAsync(client, cancellation);
        logger.LogInformation("The worker of {Model} listens at {Address}", Model.Name, client.BaseAddress);
    }

    private static void Listen(string line, TaskCompletionSource<Uri> address)
    {
        if (address.Task.IsCompleted || !line.StartsWith('{'))
        {
            return;
        }

        try
        {
            if (JsonNode.Parse(line)?["listening"]?.ToString() is { } text && Uri.TryCreate(text, UriKind.Absolute, out var uri))
            {
                address.TrySetResult(uri);
            }
        }
        catch (JsonException)
        {
            // Some other line of output.
        }
    }

    private static async Task<string> BaseNameAsync(HttpClient http, CancellationToken cancellation)
    {
        var list = await http.GetFromJsonAsync<JsonObject>("/v1/models", cancellation);
        var models = list?["data"]?.AsArray().OfType<JsonObject>().ToList() ?? [];
        return (models.FirstOrDefault(m => m["parent"] is null) ?? models.FirstOrDefault())?["id"]?.ToString()
            ?? throw ServingFaults.WorkerFailed("its worker lists no model");
    }

    private async Task LoadAsync(ServedModel served, CancellationToken cancellation)
    {
        var name = served.LoraName!;
        lock (loaded)
        {
            if (loaded.TryGetValue(name, out var there) && there.Folder == served.Folder)
            {
                there.LastUsed = time.GetTimestamp();
                return;
            }
        }

        var sha256 = await AdapterLibrary.HashAsync(served.Folder!, cancellation);
        if (served.Sha256 is { } expected && expected != sha256)
        {
            throw new RequestException(StatusCodes.Status409Conflict, "adapter_changed", $"The weights of '{served.Name}' on disk are not the ones that job {served.JobId} wrote. It is not served.");
        }

        await MakeRoomAsync(cancellation);
        using var answer = await SendAsync("/v1/load_lora_adapter", new JsonObject { ["lora_name"] = name, ["lora_path"] = served.Folder, ["sha256"] = sha256 }, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            throw ServingFaults.WorkerFailed(MessageOf(await answer.Content.ReadAsStringAsync(cancellation), answer.StatusCode));
        }

        lock (loaded)
        {
            loaded[name] = new Loaded(served.Folder!) { LastUsed = time.GetTimestamp() };
        }
    }

    private async Task MakeRoomAsync(CancellationToken cancellation)
    {
        while (loaded.Count >= options.ResidentAdapters)
        {
            string oldest;
            lock (loaded)
            {
                oldest = loaded.MinBy(l => l.Value.LastUsed).Key;
            }

            await UnloadCoreAsync(oldest, cancellation);
        }
    }

    private async Task UnloadCoreAsync(string name, CancellationToken cancellation)
    {
        using var answer = await SendAsync("/v1/unload_lora_adapter", new JsonObject { ["lora_name"] = name }, cancellation);
        lock (loaded)
        {
            loaded.Remove(name);
        }
    }

    private async Task StopCoreAsync()
    {
        client?.Dispose();
        client = null;
        lock (loaded)
        {
            loaded.Clear();
        }

        if (process is { } running)
        {
            process = null;
            running.Terminate();
            await Task.WhenAny(running.Exited, Task.Delay(TimeSpan.FromSeconds(3)));
            await running.DisposeAsync();
        }
    }

    private sealed class Loaded(string folder)
    {
        public string Folder { get; } = folder;

        public long LastUsed { get; set; }
    }

    private sealed class Place(LocalWorker worker) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
            {
                Interlocked.Decrement(ref worker.active);
                worker.LastUsed = worker.time.GetUtcNow();
            }
        }
    }
}
