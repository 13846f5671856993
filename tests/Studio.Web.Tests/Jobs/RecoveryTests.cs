using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Web.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Jobs;

public sealed class RecoveryTests
{
    [Fact]
    public async Task A_host_that_stops_in_order_leaves_an_interrupted_job_that_goes_on_after_the_start()
    {
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        var job = await host.CreateJobAsync(client, "slow-restart", j => j.Progress.Step >= 3);

        await host.RestartAsync(() => File.WriteAllText(Path.Combine(host.Folder, "jobs", job.Id, "go"), ""));
        job = await host.JobAsync(job.Id, j => j.State.IsFinal());

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(2, job.Fence);
        Assert.Equal(Enumerable.Range(1, 10), host.Get<JobEvents>().ReadAll(job.Id).Where(e => e.Type == JobEventTypes.Metrics).Select(e => e.Step!.Value));
    }

    [Fact]
    public async Task Queued_jobs_are_dispatched_once_after_a_start()
    {
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        var first = await host.CreateJobAsync(client, "slow-queue", j => j.Progress.Step >= 3);
        var second = await host.CreateJobAsync(client, "queued", j => j.State == JobState.Queued);

        await host.RestartAsync(() => File.WriteAllText(Path.Combine(host.Folder, "jobs", first.Id, "go"), ""));
        second = await host.JobAsync(second.Id, j => j.State.IsFinal());

        Assert.Equal(JobState.Succeeded, second.State);
        Assert.Equal(1, second.Fence);
        Assert.Equal(JobState.Succeeded, (await host.JobAsync(first.Id, j => j.State.IsFinal())).State);
    }

    [Fact]
    public async Task An_evaluation_goes_on_after_a_restart_with_the_items_it_lacks()
    {
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        var made = await client.PostAsJsonAsync("/api/evaluations", new { base_model_id = host.Model.Id, seed = 1001, suites = new[] { new { suite = "last_word" } } });
        var id = (await made.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
        await host.UntilAsync(host.Database.Evaluations, () => host.Database.Evaluations.Get(id)!.Done == 3);

        await host.RestartAsync(() => File.WriteAllText(Path.Combine(host.Folder, "evaluations", id, "go"), ""));
        await host.UntilAsync(host.Database.Evaluations, () => host.Database.Evaluations.Get(id)!.State.IsFinal());

        var evaluation = host.Database.Evaluations.Get(id)!;
        Assert.Equal((JobState.Succeeded, 2), (evaluation.State, evaluation.Fence));
        Assert.Equal(12, File.ReadLines(Path.Combine(host.Folder, "evaluations", id, "items", "last_word.jsonl")).Count());
    }

    [SkippableFact]
    public async Task A_host_that_is_killed_loses_nothing()
    {
        Skip.If(OperatingSystem.IsWindows(), "SIGKILL is a matter of Unix");
        var root = Path.Combine(Path.GetTempPath(), "studio-test-" + Guid.NewGuid().ToString("N")[..12]);
        var samples = StudioHost.WriteSamples(root);
        string id;
        int trainer;
        await using (var first = await HostProcess.StartAsync(root))
        {
            using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new StringContent(StudioHost.Examples(12)), "file", "train.jsonl" } };
            var file = (await (await first.Client.PostAsync("/v1/files", form)).Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
            var made = await first.Client.PostAsJsonAsync("/v1/fine_tuning/jobs", new { model = StudioHost.ModelName, training_file = file, suffix = "slow-killed" });
            id = (await made.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
            await first.UntilAsync($"/api/jobs/{id}", job => job["progress"]?["step"]?.GetValue<int>() >= 3);
            trainer = int.Parse((await File.ReadAllTextAsync(Path.Combine(root, "data", "jobs", id, "trainer.pid"))).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            first.Kill();
        }

        await ExitOf(trainer);
        await File.WriteAllTextAsync(Path.Combine(root, "data", "jobs", id, "go"), "");
        await using (var second = await HostProcess.StartAsync(root))
        {
            var job = await second.UntilAsync($"/api/jobs/{id}", j => j["state"]!.GetValue<string>() is "succeeded" or "failed");
            Assert.Equal("succeeded", job["state"]!.GetValue<string>());
            Assert.Equal(2, job["fence"]!.GetValue<int>());
            long offset = 0;
            var steps = EventTail.Read(Path.Combine(root, "data", "jobs", id, "events.jsonl"), ref offset).Where(e => e.Type == JobEventTypes.Metrics).Select(e => e.Step!.Value);
            Assert.Equal(Enumerable.Range(1, 10), steps);
        }

        Directory.Delete(root, recursive: true);
        Assert.True(samples.Length > 0);
    }

    // The trainer sees that its parent is gone, saves and ends.
    private static async Task ExitOf(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            await process.WaitForExitAsync().WaitAsync(StudioHost.Patience);
        }
        catch (ArgumentException)
        {
            // Already gone.
        }
    }
}
