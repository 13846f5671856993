using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Studio.Web.Tests.Support;

/// <summary>The host as a process of its own, in local trial: for what only a real end of a process shows.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private readonly Process process;

    private HostProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    public HttpClient Client { get; }

    public static async Task<HostProcess> StartAsync(string root)
    {
        var process = Launch(root, "--local-trial", "--urls", "http://127.0.0.1:0");
        var started = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> lines = [];
        process.OutputDataReceived += (_, e) =>
        {
            lines.Add(e.Data ?? "(end)");
            if (e.Data?.StartsWith("Studio is at ", StringComparison.Ordinal) == true)
            {
                started.TrySetResult(new Uri(e.Data.Split(' ')[3]));
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var done = await Task.WhenAny(started.Task, process.WaitForExitAsync(), Task.Delay(StudioHost.Patience));
        Assert.True(done == started.Task, string.Join('\n', lines));
        var host = new HostProcess(process, await started.Task);
        await host.UntilAsync("/api/base-models", models => models is JsonArray { Count: > 0 } list && list[0]!["state"]!.GetValue<string>() == "ready");
        return host;
    }

    /// <summary>Runs the host with arguments that keep it from starting; returns exit code and what it said.</summary>
    public static async Task<(int Code, string Said)> RefusedAsync(string root, params string[] arguments)
    {
        using var process = Launch(root, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(StudioHost.Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }

    /// <summary>SIGKILL to the host alone; its children are left to themselves.</summary>
    public void Kill()
    {
        process.Kill(entireProcessTree: false);
        process.WaitForExit();
    }

    /// <summary>Reads an address until the answer is as wanted.</summary>
    public async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> until)
    {
        using var patience = new CancellationTokenSource(StudioHost.Patience);
        while (true)
        {
            var body = (await Client.GetFromJsonAsync<JsonNode>(path, patience.Token))!;
            if (until(body))
            {
                return body;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static Process Launch(string root, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["STUDIO_DATA"] = Path.Combine(root, "data");
        start.Environment["STUDIO_TRAINER"] = StudioHost.FakeTrainer;
        start.Environment["STUDIO_SAMPLES"] = Path.Combine(root, "samples");
        return Process.Start(start)!;
    }
}
