using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Web.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Jobs;

public sealed class RunEvaluationTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const int Waits = 1001;
    private const int KilledOnce = 1002;
    private const int KilledAlways = 1003;
    private const int Fails = 1004;

    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task A_base_model_is_evaluated_and_the_record_has_the_result()
    {
        using var client = Host.Client();
        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word" }, new { suite = "stop_rate" } } });

        Assert.Equal(JobState.Succeeded, evaluation.State);
        Assert.Equal((24, 24), (evaluation.Done, evaluation.Total));
        Assert.Null(evaluation.Lease);
        Assert.Equal(StudioHost.ModelName, evaluation.ModelName);
        Assert.Equal(["last_word", "stop_rate"], evaluation.Result!.Measures.Select(m => m.Suite));
        Assert.Null(evaluation.Result.Find("last_word", "accuracy")!.BaseValue);
    }

    [Fact]
    public async Task An_adapter_is_compared_with_its_base_item_by_item()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "scored");
        var evaluation = await CreateAsync(client, new { adapter_id = job.AdapterId, suites = new[] { new { suite = "last_word" } } });

        Assert.Equal(7 / 12.0, evaluation.Result!.Find("last_word", "accuracy")!.BaseValue);
        Assert.Equal(evaluation.Id, Host.Get<EvaluationBoard>().Newest(job.AdapterId!)!.Id);
        var worse = (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/{evaluation.Id}/items?filter=worse"))!;
        Assert.Equal("row-1", Assert.Single(worse["items"]!.AsArray())!["item"]!["id"]!.GetValue<string>());
        Assert.Equal(2, (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/{evaluation.Id}/items?suite=last_word&filter=better"))!["total"]!.GetValue<int>());
        Assert.Equal(3, (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/{evaluation.Id}/items?suite=last_word&filter=flipped"))!["total"]!.GetValue<int>());
        Assert.Equal(6, (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/{evaluation.Id}/items?suite=last_word&group=odd"))!["total"]!.GetValue<int>());
        var page = (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/{evaluation.Id}/items?suite=last_word&offset=10&limit=5"))!;
        Assert.Equal((12, 2), (page["total"]!.GetValue<int>(), page["items"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_full_fine_tune_is_compared_with_the_model_it_began_from()
    {
        using var client = Host.Client();
        var source = await Host.CreateJobAsync(client, "whole-source");
        var made = await client.PostAsJsonAsync("/api/jobs", new { base_model_id = Host.Model.Id, name = "whole", data = new[] { new { dataset_version_id = source.Data[0].DatasetVersionId } }, recipe = new { lora = new { enabled = false } } });
        var job = await Host.JobAsync((await made.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>(), j => j.State.IsFinal());
        var adapter = Host.Database.Adapters.Get(job.AdapterId!)!;
        Assert.Equal("full", adapter.Kind);

        var evaluation = await CreateAsync(client, new { adapter_id = adapter.Id, suites = new[] { new { suite = "last_word" } } });
        var spec = Data.StudioJson.Deserialize<EvaluationSpec>(File.ReadAllText(Host.Paths.Evaluation(evaluation.Id).Spec));
        Assert.Equal((Host.Paths.Resolve(adapter.Folder), Host.Model.Path), (spec.BaseModel.Path, spec.ReferenceModel!.Path));
        Assert.Equal(7 / 12.0, evaluation.Result!.Find("last_word", "accuracy")!.BaseValue);

        // The gate counts a result only for the weights it was measured on.
        Assert.Equal(adapter.Sha256, evaluation.Result.AdapterSha256);
    }

    [Fact]
    public async Task Evaluations_are_compared_down_to_the_item()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "beside");
        var plain = await CreateAsync(client, new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word" } } });
        var tuned = await CreateAsync(client, new { model = Host.Database.Adapters.Get(job.AdapterId!)!.ModelName, suites = new[] { new { suite = "last_word" } } });

        var comparison = (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/compare?ids={plain.Id},{tuned.Id}"))!;
        var cells = Assert.Single(comparison["measures"]!.AsArray())!["cells"]!.AsArray();
        Assert.Equal(12, cells[1]!["shared"]!.GetValue<int>());
        Assert.InRange(cells[1]!["paired_p"]!.GetValue<double>(), 0.9, 1);
        Assert.False(cells[1]!["differs_from_first"]!.GetValue<bool>());
        Assert.Empty(comparison["different_items"]!.AsArray());
        var items = (await client.GetFromJsonAsync<JsonObject>($"/api/evaluations/compare/items?ids={plain.Id},{tuned.Id}&suite=last_word&only_different=true"))!;
        Assert.Equal(3, items["total"]!.GetValue<int>());
        Assert.All(items["items"]!.AsArray(), i => Assert.NotEqual(i!["answers"]![0]!["quality"]!.GetValue<double>(), i["answers"]![1]!["quality"]!.GetValue<double>()));
    }

    [Fact]
    public async Task Every_checkpoint_of_a_training_is_evaluated()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "checkpoints");
        var answer = await client.PostAsJsonAsync("/api/evaluations/checkpoints", new { training_job_id = job.Id, suites = new[] { new { suite = "last_word" } } });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = Assert.Single((await answer.Content.ReadFromJsonAsync<JsonArray>())!)!;
        Assert.Equal(5, made["checkpoint_step"]!.GetValue<int>());
        var done = await EvaluationAsync(made["id"]!.GetValue<string>(), e => e.State.IsFinal());
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.NotNull(done.Result!.AdapterSha256);
    }

    [Fact]
    public async Task A_killed_trainer_asks_only_what_is_left()
    {
        using var client = Host.Client();
        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, seed = KilledOnce, suites = new[] { new { suite = "last_word" } } });

        Assert.Equal(JobState.Succeeded, evaluation.State);
        Assert.Equal(2, evaluation.Fence);
        Assert.Equal(FakeItems, File.ReadLines(Path.Combine(Host.Paths.Evaluation(evaluation.Id).Root, "items", "last_word.jsonl")).Count());
    }

    [Fact]
    public async Task A_trainer_that_is_always_killed_fails_after_bounded_attempts()
    {
        using var client = Host.Client();
        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, seed = KilledAlways, suites = new[] { new { suite = "last_word" } } });

        Assert.Equal(JobState.Failed, evaluation.State);
        Assert.Equal(RunTraining.MaxAttempts, evaluation.Fence);
        Assert.Contains("SIGKILL", evaluation.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_trainer_is_told_in_its_words()
    {
        using var client = Host.Client();
        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, seed = Fails, suites = new[] { new { suite = "last_word" } } });
        Assert.Equal(("bad_data", "Correct the file."), (evaluation.Failure!.Code, evaluation.Failure.Remedy));
    }

    [Fact]
    public async Task Pause_resume_and_cancel_keep_what_was_answered()
    {
        using var client = Host.Client();
        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, seed = Waits, suites = new[] { new { suite = "last_word" } } }, e => e.Done == 3);

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/evaluations/{evaluation.Id}/pause", null)).StatusCode);
        evaluation = await EvaluationAsync(evaluation.Id, e => e.State == JobState.Paused);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync($"/api/evaluations/{evaluation.Id}/pause", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/evaluations/{evaluation.Id}/resume", null)).StatusCode);
        await EvaluationAsync(evaluation.Id, e => e.State == JobState.Running);
        Assert.Equal(HttpStatusCode.Conflict, (await client.DeleteAsync($"/api/evaluations/{evaluation.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/evaluations/{evaluation.Id}/cancel", null)).StatusCode);
        evaluation = await EvaluationAsync(evaluation.Id, e => e.State.IsFinal());
        Assert.Equal((JobState.Cancelled, 3), (evaluation.State, evaluation.Done));

        var copy = (await (await client.PostAsync($"/api/evaluations/{evaluation.Id}/clone", null)).Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
        await EvaluationAsync(copy, e => e.Done == 3);
        File.WriteAllText(Path.Combine(Host.Paths.Evaluation(copy).Root, "go"), "");
        Assert.Equal(JobState.Succeeded, (await EvaluationAsync(copy, e => e.State.IsFinal())).State);

        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/evaluations/{evaluation.Id}")).StatusCode);
        Assert.False(Directory.Exists(Host.Paths.Evaluation(evaluation.Id).Root));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/evaluations/{evaluation.Id}")).StatusCode);
    }

    [Fact]
    public async Task A_file_of_items_is_read_when_it_is_named()
    {
        using var client = Host.Client();
        var good = await UploadAsync(client, "question,A,B,C,D,answer\nWhat is 1+1?,1,2,3,4,B\n\"Capital of France?\",Rome,Paris,Bern,Oslo,B\n", "exam.csv");
        var bad = await UploadAsync(client, "{\"question\":\"x\",\"choices\":[\"a\",\"b\"],\"answer\":0}\n{\"question\":\"y\"}\n", "exam.jsonl");

        var refused = await client.PostAsJsonAsync("/api/evaluations", new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "multiple_choice", items = bad } } });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var said = await refused.Content.ReadAsStringAsync();
        Assert.Contains("line 2", said, StringComparison.Ordinal);
        Assert.Contains("choices", said, StringComparison.Ordinal);

        var evaluation = await CreateAsync(client, new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "multiple_choice", items = good } } });
        var written = File.ReadAllLines(Path.Combine(Host.Paths.Evaluation(evaluation.Id).Data, "multiple_choice.jsonl"));
        Assert.Equal(2, written.Length);
        Assert.Equal(["1", "2", "3", "4"], JsonNode.Parse(written[0])!["choices"]!.AsArray().Select(c => c!.GetValue<string>()));
    }

    [Fact]
    public async Task All_faults_of_a_request_are_named()
    {
        using var client = Host.Client();
        foreach (var (body, expected) in new (object, string)[]
        {
            (new { base_model_id = Host.Model.Id, suites = Array.Empty<object>() }, "No suite"),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "magic" } } }, "no suite \\\"magic\\\""),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "multiple_choice" } } }, "no items of its own"),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word", limit = 0 } } }, "out of range"),
            (new { suites = new[] { new { suite = "last_word" } } }, "exactly one model"),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word" } }, judge = new { base_url = "http://judge.test/v1", model = "m", api_key_variable = "PATH" } }, "STUDIO_JUDGE_"),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word" } }, judge = new { model_path = "/etc/passwd" } }, "none of the base models"),
            (new { adapter_id = "none", suites = new[] { new { suite = "last_word" } } }, "no adapter"),
            (new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "last_word", items = "file-none" } } }, "no file or dataset version"),
        })
        {
            var answer = await client.PostAsJsonAsync("/api/evaluations", body);
            Assert.True((int)answer.StatusCode is 400 or 404, expected);
            Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_recipe_that_asks_for_it_gets_its_scorecard()
    {
        using var client = Host.Client();
        var source = await Host.CreateJobAsync(client, "source");
        var made = await client.PostAsJsonAsync("/api/jobs", new { base_model_id = Host.Model.Id, name = "scored-by-itself", data = new[] { new { dataset_version_id = source.Data[0].DatasetVersionId } }, recipe = new { goal = "refuse", evaluation = new { score_after_training = true } } });
        var job = await Host.JobAsync((await made.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>(), j => j.State.IsFinal());

        await Host.UntilAsync(Host.Database.Evaluations, () => Host.Get<EvaluationBoard>().Newest(job.AdapterId!) is not null);
        var evaluation = Host.Get<EvaluationBoard>().Newest(job.AdapterId!)!;
        Assert.True(evaluation.AfterTraining);
        Assert.Equal(["refusal_pair", "last_word", "stop_rate"], evaluation.Suites.Select(s => s.Suite));
        Assert.DoesNotContain(Host.Database.Evaluations.List(e => e.AfterTraining), e => e.AdapterId == source.AdapterId);
    }

    [Fact]
    public async Task An_estimate_counts_items_without_queueing()
    {
        using var client = Host.Client();
        var before = Host.Database.Evaluations.List().Count;
        var answer = await client.PostAsJsonAsync("/api/evaluations/estimate", new { base_model_id = Host.Model.Id, suites = new[] { new { suite = "stop_rate", limit = 7 } } });
        Assert.Equal(7, (await answer.Content.ReadFromJsonAsync<JsonObject>())!["items"]!.GetValue<int>());
        Assert.Equal(before, Host.Database.Evaluations.List().Count);
    }

    private const int FakeItems = 12;

    private async Task<EvaluationJob> CreateAsync(HttpClient client, object body, Func<EvaluationJob, bool>? until = null)
    {
        var answer = await client.PostAsJsonAsync("/api/evaluations", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return await EvaluationAsync(JsonNode.Parse(text)!["id"]!.GetValue<string>(), until ?? (e => e.State.IsFinal()));
    }

    private async Task<EvaluationJob> EvaluationAsync(string id, Func<EvaluationJob, bool> until)
    {
        await Host.UntilAsync(Host.Database.Evaluations, () => Host.Database.Evaluations.Get(id) is { } e && until(e), () => Data.StudioJson.Serialize(Host.Database.Evaluations.Get(id)));
        return Host.Database.Evaluations.Get(id)!;
    }

    private static async Task<string> UploadAsync(HttpClient client, string content, string name)
    {
        using var form = new MultipartFormDataContent { { new StringContent("evals"), "purpose" }, { new StringContent(content), "file", name } };
        return (await (await client.PostAsync("/v1/files", form)).Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
    }
}
