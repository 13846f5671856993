using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Web.Jobs;
using Studio.Web.Registry;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Jobs;

public sealed class RunTrainingTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task A_finished_job_has_an_adapter_with_the_hash_of_its_weights()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "good");

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Null(job.Lease);
        Assert.Equal(10, job.Progress.Step);
        Assert.Equal(1000, job.Progress.TrainedTokens);
        var library = Host.Get<AdapterLibrary>();
        var adapter = library.Get(job.AdapterId!)!;
        Assert.Equal(8, adapter.Rank);
        Assert.Equal(["q_proj", "v_proj"], adapter.TargetModules);
        Assert.Equal(1.5, adapter.Metrics["eval_loss"]);
        Assert.Equal(adapter.Sha256, await AdapterLibrary.HashAsync(library.Folder(adapter), CancellationToken.None));
        Assert.Equal(job.Data.Select(d => d.DatasetVersionId), adapter.DatasetVersionIds);
    }

    [Fact]
    public async Task Names_count_versions()
    {
        using var client = Host.Client();
        var first = await Host.CreateJobAsync(client, "counted");
        var second = await Host.CreateJobAsync(client, "counted");

        var library = Host.Get<AdapterLibrary>();
        Assert.Equal(1, library.Get(first.AdapterId!)!.Version);
        Assert.Equal(2, library.Get(second.AdapterId!)!.Version);
        Assert.NotEqual(library.Get(first.AdapterId!)!.ModelName, library.Get(second.AdapterId!)!.ModelName);
    }

    [Fact]
    public async Task A_failure_of_the_trainer_is_told_in_its_words()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "fail");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Equal("nan_loss", job.Failure!.Code);
        Assert.Equal("Lower the learning rate.", job.Failure.Remedy);
        Assert.Equal(6, job.Failure.Step);
    }

    [Fact]
    public async Task Bad_input_fails_with_the_last_line_of_the_log()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "refuse");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Equal(JobFailures.BadInput, job.Failure!.Code);
        Assert.Contains("line 3: field messages is missing", job.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("field messages", await client.GetStringAsync($"/api/jobs/{job.Id}/log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_without_a_result_is_a_failure()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "silent");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("silence", job.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_trainer_goes_on_from_its_checkpoint()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "kill-once");

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(2, job.Fence);
        var steps = Host.Get<JobEvents>().ReadAll(job.Id).Where(e => e.Type == JobEventTypes.Metrics).Select(e => e.Step!.Value).ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 6, 7, 8, 9, 10], steps);
        Assert.Equal(Enumerable.Range(1, 10), Host.Get<JobEvents>().Series(job.Id).Of("loss").Select(p => p.Step));
    }

    [Fact]
    public async Task A_trainer_that_is_always_killed_fails_after_bounded_attempts()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "kill-always");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Equal(RunTraining.MaxAttempts, job.Fence);
        Assert.Equal(JobFailures.Crashed, job.Failure!.Code);
        Assert.Contains("SIGKILL", job.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_and_resume_lose_nothing()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "slow-paused", j => j.Progress.Step >= 3);

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/v1/fine_tuning/jobs/{job.Id}/pause", null)).StatusCode);
        job = await Host.JobAsync(job.Id, j => j.State == JobState.Paused);
        Assert.Null(job.Request);
        Assert.Equal("queued", JsonNode.Parse(await client.GetStringAsync($"/v1/fine_tuning/jobs/{job.Id}"))!["status"]!.GetValue<string>());

        Release(job);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/v1/fine_tuning/jobs/{job.Id}/resume", null)).StatusCode);
        job = await Host.JobAsync(job.Id, j => j.State.IsFinal());

        Assert.Equal(JobState.Succeeded, job.State);
        var steps = Host.Get<JobEvents>().ReadAll(job.Id).Where(e => e.Type == JobEventTypes.Metrics).Select(e => e.Step!.Value);
        Assert.Equal(Enumerable.Range(1, 10), steps);
    }

    [Fact]
    public async Task Stop_keeps_what_was_learned()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "slow-stopped", j => j.Progress.Step >= 3);

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/jobs/{job.Id}/stop", null)).StatusCode);
        job = await Host.JobAsync(job.Id, j => j.State.IsFinal());

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.NotNull(job.AdapterId);
        Assert.Equal(3, job.Progress.Step);
    }

    [Fact]
    public async Task What_does_not_fit_the_state_is_a_conflict()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "done");

        foreach (var action in new[] { "pause", "resume", "cancel", "stop" })
        {
            Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync($"/api/jobs/{job.Id}/{action}", null)).StatusCode);
        }
    }

    [Fact]
    public async Task One_training_runs_at_a_time_and_a_waiting_one_can_be_cancelled()
    {
        using var client = Host.Client();
        var first = await Host.CreateJobAsync(client, "slow-first", j => j.Progress.Step >= 3);
        var second = await Host.CreateJobAsync(client, "second", j => j.State == JobState.Queued);

        Assert.Equal(JobState.Queued, Host.Database.Jobs.Get(second.Id)!.State);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/jobs/{second.Id}/cancel", null)).StatusCode);
        Release(first);
        await Host.JobAsync(first.Id, j => j.State.IsFinal());

        Assert.Equal(JobState.Cancelled, Host.Database.Jobs.Get(second.Id)!.State);
        Assert.Equal(0, Host.Database.Jobs.Get(second.Id)!.Fence);
    }

    [Fact]
    public async Task A_job_dispatched_twice_trains_once()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "twice");
        var run = Host.Get<RunTraining>();

        await Task.WhenAll(run.RunAsync(job.Id), run.RunAsync(job.Id));

        Assert.Equal(1, Host.Database.Jobs.Get(job.Id)!.Fence);
        Assert.Single(Host.Database.Adapters.List(a => a.JobId == job.Id));
    }

    [Fact]
    public async Task A_request_is_checked_without_being_queued()
    {
        using var client = Host.Client();
        var done = await Host.CreateJobAsync(client, "checked");
        var before = Host.Database.Jobs.List().Count;

        var answer = await client.PostAsJsonAsync("/api/jobs/check", new { base_model_id = Host.Model.Id, data = new[] { new { dataset_version_id = done.Data[0].DatasetVersionId } }, name = "check" });

        var report = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.True(answer.IsSuccessStatusCode, report?.ToJsonString());
        Assert.Equal(1234, report!["tokens"]!.GetValue<int>());
        Assert.InRange(report["examples"]!.GetValue<int>(), 8, 12);
        Assert.Equal(before, Host.Database.Jobs.List().Count);
        Assert.Empty(Directory.GetDirectories(Host.Paths.Scratch));
    }

    [Fact]
    public async Task All_faults_of_a_request_are_named_at_once()
    {
        using var client = Host.Client();
        var answer = await client.PostAsJsonAsync("/api/jobs", new { base_model_id = "none", data = new[] { new { dataset_version_id = "none" } }, recipe = new { lora = new { r = 100_000 }, optimization = new { learning_rate = 5 } } });

        Assert.True((int)answer.StatusCode is 400 or 404);
        var problems = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["problems"]!.AsArray();
        Assert.Equal(4, problems.Count);
        Assert.All(problems, p => Assert.NotEmpty(p!["remedy"]!.GetValue<string>()));
    }

    private void Release(TrainingJob job) => File.WriteAllText(Path.Combine(Host.Paths.Job(job.Id).Root, "go"), "");
}
