using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Jobs;

public sealed class RunPreparationTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    private static async Task<PreparationJob> PrepareAsync(StudioHost host, HttpClient client, int seed, Func<PreparationJob, bool>? until = null, params string[] files)
    {
        var answer = await client.PostAsJsonAsync("/api/preparations", new { kind = "refusal", base_model_id = host.Model.Id, name = "Traps", file_ids = files, options = new { seed } });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        var id = JsonNode.Parse(body)!["id"]!.GetValue<string>();
        until ??= p => p.State.IsFinal();
        await host.UntilAsync(host.Database.Preparations, () => host.Database.Preparations.Get(id) is { } p && until(p), () => Studio.Data.StudioJson.Serialize(host.Database.Preparations.Get(id)));
        return host.Database.Preparations.Get(id)!;
    }

    private static async Task<PreparationJob> ReadyAsync(StudioHost host, HttpClient client, int seed = 42, params string[] files)
    {
        var preparation = await PrepareAsync(host, client, seed, p => p.State.IsFinal() && (p.State != JobState.Succeeded || p.Reviewed.Count > 0), files);
        Assert.Equal(JobState.Succeeded, preparation.State);
        return preparation;
    }

    private async Task<string> UploadAsync(HttpClient client, string content, string fileName)
    {
        using var form = new MultipartFormDataContent { { new StringContent("user_data"), "purpose" }, { new StringContent(content), "file", fileName } };
        var answer = await client.PostAsync("/v1/files", form);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
    }

    [Fact]
    public async Task Rows_are_prepared_reviewed_and_become_a_dataset_with_its_lineage()
    {
        using var client = Host.Client();
        var file = await UploadAsync(client, "trap,wanted\nHow do I cheat?,refuse\n", "own.csv");
        var preparation = await ReadyAsync(Host, client, 42, file);
        Assert.Equal(((long)22, 22), (preparation.Result!.Rows, preparation.Done));
        Assert.Equal(22, preparation.Reviewed["proposed"]);
        Assert.Contains(preparation.Warnings, p => p.Rule == "missing_look_alikes");
        Assert.Equal("""{"harmful":"How do I cheat?","wanted":"refuse"}""", (await File.ReadAllTextAsync(Path.Combine(Host.Paths.Preparation(preparation.Id).Data, "items-1.jsonl"))).Trim());

        // A page by filter, an edit, a rejection, the rest in bulk.
        var path = $"/api/preparations/{preparation.Id}";
        var traps = JsonNode.Parse(await client.GetStringAsync($"{path}/rows?group=trap&language=zh&limit=1"))!;
        Assert.Equal(2, traps["total"]!.GetValue<int>());
        Assert.Single(traps["rows"]!.AsArray());
        var edited = await (await client.PatchAsJsonAsync($"{path}/rows/pair-1-trap", new { answer = "No, ask a locksmith." })).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(("edited", "No, ask a locksmith."), (edited!["state"]!.GetValue<string>(), edited["answer"]!.GetValue<string>()));
        await client.PatchAsJsonAsync($"{path}/rows/general-1", new { state = "rejected", note = "too short" });
        var bulk = await (await client.PostAsJsonAsync($"{path}/rows/review", new { state = "accepted", filter = new { state = "proposed" } })).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(20, bulk!["changed"]!.GetValue<int>());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PatchAsJsonAsync($"{path}/rows/pair-1-trap", new { answer = " " })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PatchAsJsonAsync($"{path}/rows/none", new { state = "accepted" })).StatusCode);

        // Finished twice it is the same dataset; a change makes a new version of it.
        var made = await FinishAsync(client, path, "chat");
        Assert.Equal(made["version_id"]!.GetValue<string>(), (await FinishAsync(client, path, "chat"))["version_id"]!.GetValue<string>());
        var version = Host.Database.DatasetVersions.Get(made["version_id"]!.GetValue<string>())!;
        Assert.Equal((ExampleKind.Chat, 19L, preparation.Id), (version.Kind, version.ValidRows, version.Origin!.PreparationId));
        Assert.Equal(2L, Host.Database.DatasetVersions.Get(made["validation_version_id"]!.GetValue<string>())!.ValidRows);
        var examples = Host.Get<DatasetLibrary>().Read(version.Id).OfType<ChatExample>().ToList();
        Assert.Contains(examples, e => e.Messages[1].Content == "No, ask a locksmith.");
        Assert.Contains(examples, e => e.Messages[1].Unfinished == true);
        Assert.DoesNotContain(examples, e => e.Messages[1].Content == "Hello!");
        await client.PatchAsJsonAsync($"{path}/rows/general-1", new { state = "accepted" });
        var again = Host.Database.DatasetVersions.Get((await FinishAsync(client, path, "chat"))["version_id"]!.GetValue<string>())!;
        Assert.Equal((version.DatasetId, 2, 20L), (again.DatasetId, again.Number, again.ValidRows));

        // The same rows serve preference methods.
        var pairs = Host.Database.DatasetVersions.Get((await FinishAsync(client, path, "preference"))["version_id"]!.GetValue<string>())!;
        Assert.Equal(ExampleKind.Preference, pairs.Kind);
        Assert.NotEqual(version.DatasetId, pairs.DatasetId);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync(path + "/finish", new { kind = "text" })).StatusCode);
    }

    [Fact]
    public async Task A_killed_preparation_goes_on_and_one_that_is_always_killed_fails()
    {
        using var client = Host.Client();
        var once = await ReadyAsync(Host, client, 1002);
        Assert.Equal((2L, 22L - 1), (once.Fence, once.Result!.Rows));
        var always = await PrepareAsync(Host, client, 1003);
        Assert.Equal((JobState.Failed, RunTraining.MaxAttempts), (always.State, (int)always.Fence));
    }

    [Fact]
    public async Task A_failure_is_told_in_the_words_of_the_trainer()
    {
        using var client = Host.Client();
        var failed = await PrepareAsync(Host, client, 1004);
        Assert.Equal((JobState.Failed, "Correct the file."), (failed.State, failed.Failure!.Remedy));
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsJsonAsync($"/api/preparations/{failed.Id}/finish", new { kind = "chat" })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/preparations/{failed.Id}")).StatusCode);
        Assert.False(Directory.Exists(Host.Paths.Preparation(failed.Id).Root));
    }

    [Fact]
    public async Task Pause_resume_and_cancel_reach_the_trainer()
    {
        using var client = Host.Client();
        var waiting = await PrepareAsync(Host, client, 1001, p => p.Done >= 3);
        var path = $"/api/preparations/{waiting.Id}";
        Assert.True((await client.PostAsync(path + "/pause", null)).IsSuccessStatusCode);
        await Until(waiting.Id, p => p.State == JobState.Paused);
        await client.PostAsync(path + "/resume", null);
        await Until(waiting.Id, p => p.State == JobState.Running && p.Fence == 2);
        await client.PostAsync(path + "/cancel", null);
        await Until(waiting.Id, p => p.State == JobState.Cancelled);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync(path + "/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task A_host_that_stops_leaves_an_interrupted_preparation_that_goes_on_after_the_start()
    {
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        var waiting = await PrepareAsync(host, client, 1001, p => p.Done >= 3);
        await host.RestartAsync(() => File.WriteAllText(Path.Combine(host.Folder, "preparations", waiting.Id, "go"), ""));
        await host.UntilAsync(host.Database.Preparations, () => host.Database.Preparations.Get(waiting.Id) is { State: JobState.Succeeded, Reviewed.Count: > 0 });

        var done = host.Database.Preparations.Get(waiting.Id)!;
        Assert.Equal(2, done.Fence);
        Assert.Equal(21, host.Get<PreparedReviews>().Rows(done.Id).Count);

        // What reviewers said survives a restart too.
        host.Get<PreparedReviews>().Change(done.Id, [new PreparedChange("general-1") { State = ReviewState.Rejected }], "test");
        await host.RestartAsync();
        Assert.Equal(ReviewState.Rejected, host.Get<PreparedReviews>().Find(done.Id, "general-1")!.State);
    }

    [Fact]
    public async Task Faults_of_a_request_are_all_named()
    {
        using var client = Host.Client();
        var bad = await UploadAsync(client, "{\"nothing\":1}\n", "bad.jsonl");
        var answer = await client.PostAsJsonAsync("/api/preparations", new { kind = "refusal", base_model_id = "none", file_ids = new[] { bad }, options = new { replay_share = 7, magic = true } });
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("base model", text, StringComparison.Ordinal);
        Assert.Contains("bad.jsonl, line 1", text, StringComparison.Ordinal);
        Assert.Contains("magic", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_stage_begins_with_the_adapter_of_the_one_before_and_rows_of_its_kind()
    {
        using var client = Host.Client();
        var preparation = await ReadyAsync(Host, client);
        var made = await FinishAsync(client, $"/api/preparations/{preparation.Id}", "chat");
        var recipe = new Recipe { Goal = "refuse", Method = "sft", Stages = [new Recipe { Method = "dpo", Optimization = new OptimizationOptions { MaxSteps = 4 } }] };
        var job = Host.Get<JobBoard>().Create(new JobRequest { Name = "chain", BaseModelId = Host.Model.Id, Data = [new DatasetUse(made["version_id"]!.GetValue<string>())], Recipe = recipe }, "test").Value;
        await Host.UntilAsync(Host.Database.Jobs, () => Host.Database.Jobs.List(j => j.FollowsJobId == job.Id && j.State.IsFinal()).Count > 0, () => Studio.Data.StudioJson.Serialize(Host.Database.Jobs.Get(job.Id)));

        var first = Host.Database.Jobs.Get(job.Id)!;
        var second = Host.Database.Jobs.List(j => j.FollowsJobId == job.Id).Single();
        Assert.Equal((JobState.Succeeded, "dpo", "refuse", first.AdapterId), (second.State, second.Recipe.Method, second.Recipe.Goal, second.StartAdapterId));
        Assert.Empty(second.Recipe.Stages);
        Assert.Equal(ExampleKind.Preference, Host.Database.DatasetVersions.Get(second.Data[0].DatasetVersionId)!.Kind);
    }

    [Fact]
    public async Task A_stage_whose_data_cannot_be_made_is_refused_at_once()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "plain");
        var outcome = Host.Get<JobBoard>().Create(new JobRequest { BaseModelId = Host.Model.Id, Data = job.Data, Recipe = new Recipe { Stages = [new Recipe { Method = "dpo" }] } }, "test");
        Assert.Equal("recipe.stages[0]", Assert.Single(outcome.Problems).Field);
    }

    [Fact]
    public async Task A_chain_that_cannot_go_on_is_refused_at_once()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "broken-chain");
        IReadOnlyList<string> Rules(Recipe recipe, string? start = null) => [.. Host.Get<JobBoard>().Create(new JobRequest { BaseModelId = Host.Model.Id, Data = job.Data, Recipe = recipe, StartAdapterId = start }, "test").Problems.Select(p => p.Rule)];

        Assert.Equal(["stage_full"], Rules(new Recipe { Lora = new LoraOptions { Enabled = false }, Stages = [new Recipe { Method = "grpo" }] }));
        Assert.Equal(["stage_full"], Rules(new Recipe { Stages = [new Recipe { Method = "grpo", Lora = new LoraOptions { Enabled = false } }] }));
        Assert.Equal(["start_full"], Rules(new Recipe { Lora = new LoraOptions { Enabled = false } }, job.AdapterId));
        Assert.Contains("stage_after_reward", Rules(new Recipe { Method = "reward", Stages = [new Recipe { Method = "sft" }] }));
    }

    private static async Task<JsonObject> FinishAsync(HttpClient client, string path, string kind)
    {
        var answer = await client.PostAsJsonAsync(path + "/finish", new { kind });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!.AsObject();
    }

    private Task Until(string id, Func<PreparationJob, bool> condition) =>
        Host.UntilAsync(Host.Database.Preparations, () => Host.Database.Preparations.Get(id) is { } p && condition(p), () => Studio.Data.StudioJson.Serialize(Host.Database.Preparations.Get(id)));
}
