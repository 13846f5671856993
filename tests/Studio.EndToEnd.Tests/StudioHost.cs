using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Studio.Testing;

namespace Studio.EndToEnd.Tests;

/// <summary>The real host as a process of its own, on a free port and a data folder of its own.</summary>
public sealed class StudioHost : IAsyncDisposable
{
    private readonly string[] _flags;
    private readonly List<string> _output = [];
    private Process? _process;

    private StudioHost(string data, string[] flags) => (DataFolder, _flags) = (data, flags);

    public string DataFolder { get; }

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public HttpClient Client { get; private set; } = new();

    /// <summary>What the host printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public static async Task<StudioHost> StartAsync(params string[] flags)
    {
        var host = new StudioHost(Directory.CreateTempSubdirectory("studio-e2e").FullName, flags);
        await host.RunAsync();
        return host;
    }

    /// <summary>Starts the process (again) on the same data folder and waits until it is ready.</summary>
    public async Task RunAsync()
    {
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Program, "--data", DataFolder, "--urls", Address.ToString().TrimEnd('/'), .. _flags])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Client.Dispose();
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };
        await WaitAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"The host ended with exit code {_process.ExitCode}: {Output}");
                }

                try
                {
                    return (await Client.GetAsync("/health/ready")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromMinutes(3),
            "the host is ready");
    }

    /// <summary>Ends the host as a power cut would: no signal it could handle.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(path))!;

    public async Task<JsonNode> PostAsync(string path, JsonNode body)
    {
        using var reply = await Client.PostAsJsonAsync(path, body);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, $"POST {path}: {(int)reply.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Uploads a file as a dataset and returns the id of its version once it is ready.</summary>
    public async Task<string> UploadDatasetAsync(string path, string name)
    {
        using var form = new MultipartFormDataContent();
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(path));
        form.Add(new StringContent(name), "name");
        form.Add(content, "file", Path.GetFileName(path));
        using var reply = await Client.PostAsync("/api/datasets", form);
        var dataset = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["dataset"]!;
        string? version = null;
        await WaitAsync(
            async () =>
            {
                version = (string?)(await GetAsync($"/api/datasets/{dataset["id"]}"))["dataset"]?["latest_version_id"];
                return version is not null;
            },
            TimeSpan.FromMinutes(1),
            "the dataset is imported");
        return version!;
    }

    public async Task<JsonNode> WaitForJobAsync(string id, Func<JsonNode, bool> reached, TimeSpan limit)
    {
        JsonNode job = new JsonObject();
        await WaitAsync(
            async () =>
            {
                job = await GetAsync($"/api/jobs/{id}");
                Assert.False((string?)job["state"] is "failed", $"The job failed: {job["failure"]}");
                return reached(job);
            },
            limit,
            $"the job {id} gets there; it is {(string?)job["state"]}");
        return job;
    }

    /// <summary>Asks again and again, twice a second, until it holds; fails when it does not within the limit.</summary>
    public static async Task WaitAsync(Func<Task<bool>> holds, TimeSpan limit, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < limit, $"After {limit}: not yet true that {what}.");
            await Task.Delay(500);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Client.Dispose();
        try
        {
            Directory.Delete(DataFolder, recursive: true);
        }
        catch (IOException)
        {
            // A worker that is just ending may still hold a file; the system cleans its temporary folder.
        }
    }

    private static string Program
    {
        get
        {
            var here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
            var framework = Path.GetFileName(here);
            var configuration = Path.GetFileName(Path.GetDirectoryName(here)!);
            return RepositoryRoot.Under("Studio.Web", "bin", configuration, framework, "Studio.Web.dll");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Add(line);
            }
        }
    }
}
