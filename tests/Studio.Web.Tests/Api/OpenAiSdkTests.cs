#pragma warning disable OPENAI001
using System.ClientModel;
using System.Text;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;
using OpenAI.Models;
using Studio.Data.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Api;

/// <summary>The official .NET package against the host: only the address is changed.</summary>
public sealed class OpenAiSdkTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    private ApiKeyCredential Key => new(Host.Key());

    private Uri Endpoint => new(Host.Address, "/v1");

    private OpenAIClientOptions Options => new() { Endpoint = Endpoint };

    [Fact]
    public async Task Files_are_uploaded_listed_read_and_deleted()
    {
        var files = new OpenAIFileClient(Key, Options);
        var content = StudioHost.Examples(3);

        OpenAIFile file = await files.UploadFileAsync(BinaryData.FromString(content), "three.jsonl", FileUploadPurpose.FineTune);

        Assert.StartsWith("file-", file.Id, StringComparison.Ordinal);
        Assert.Equal("three.jsonl", file.Filename);
        Assert.Equal(Encoding.UTF8.GetByteCount(content), file.SizeInBytes);
        Assert.Equal(FilePurpose.FineTune, file.Purpose);
        Assert.Contains((await files.GetFilesAsync(FilePurpose.FineTune)).Value, f => f.Id == file.Id);
        Assert.Equal(content, (await files.DownloadFileAsync(file.Id)).Value.ToString());
        Assert.True((await files.DeleteFileAsync(file.Id)).Value.Deleted);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => files.GetFileAsync(file.Id));
        Assert.Equal(404, gone.Status);
    }

    [Fact]
    public async Task A_job_runs_and_its_model_answers_at_once()
    {
        var files = new OpenAIFileClient(Key, Options);
        OpenAIFile file = await files.UploadFileAsync(BinaryData.FromString(StudioHost.Examples(12)), "train.jsonl", FileUploadPurpose.FineTune);
        var tuning = new FineTuningClient(Key, new FineTuningClientOptions { Endpoint = Endpoint });

        var started = await tuning.FineTuneAsync(StudioHost.ModelName, file.Id, waitUntilCompleted: false, new FineTuningOptions { Suffix = "mine", Seed = 7 });
        var id = started.JobId;
        await Host.JobAsync(id, j => j.State == JobState.Succeeded);
        var job = await tuning.GetJobAsync(id);

        Assert.Equal(FineTuningStatus.Succeeded, job.Status);
        Assert.Matches("^ft:tiny:studio:mine:[a-z0-9]{8}$", job.Value);
        List<FineTuningEvent> events = [];
        await foreach (var happened in job.GetEventsAsync(new GetEventsOptions()))
        {
            events.Add(happened);
        }

        Assert.Contains("completed", events[0].Message, StringComparison.Ordinal);
        Assert.Contains("Created", events[^1].Message, StringComparison.Ordinal);
        List<FineTuningCheckpoint> checkpoints = [];
        await foreach (var checkpoint in job.GetCheckpointsAsync(new GetCheckpointsOptions()))
        {
            checkpoints.Add(checkpoint);
        }

        var only = Assert.Single(checkpoints);
        Assert.Equal(5, only.StepNumber);
        Assert.Equal($"{job.Value}:ckpt-step-5", only.ModelId);

        ChatCompletion answer = await new ChatClient(job.Value, Key, Options).CompleteChatAsync("hello");
        Assert.Equal("tuned: hello", answer.Content[0].Text);
        Assert.Equal(job.Value, answer.Model);
        ChatCompletion early = await new ChatClient(only.ModelId, Key, Options).CompleteChatAsync("hello");
        Assert.Equal("tuned: hello", early.Content[0].Text);

        var record = Host.Database.Jobs.Get(id)!;
        var table = (await files.DownloadFileAsync(record.ResultFileId)).Value.ToString();
        Assert.StartsWith("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,4,0.5,,\n", table, StringComparison.Ordinal);
        Assert.Contains("\n5,0.8,0.5,1.5,0.6\n", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_come_newest_first_in_pages()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "paged");
        var seen = new List<string>();
        string? after = null;
        while (true)
        {
            var page = JsonNode.Parse(await client.GetStringAsync($"/v1/fine_tuning/jobs/{job.Id}/events?limit=4" + (after is null ? "" : $"&after={after}")))!;
            var ids = page["data"]!.AsArray().Select(e => e!["id"]!.GetValue<string>()).ToList();
            Assert.True(ids.Count is > 0 and <= 4);
            seen.AddRange(ids);
            after = ids[^1];
            if (!page["has_more"]!.GetValue<bool>())
            {
                break;
            }
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
        var all = JsonNode.Parse(await client.GetStringAsync($"/v1/fine_tuning/jobs/{job.Id}/events?limit=100"))!["data"]!.AsArray();
        Assert.Equal(all.Select(e => e!["id"]!.GetValue<string>()), seen);
        var times = all.Select(e => e!["created_at"]!.GetValue<long>()).ToList();
        Assert.Equal(times.OrderDescending(), times);
    }

    [Fact]
    public async Task A_job_can_be_cancelled()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "slow-cancelled", j => j.Progress.Step >= 3);
        var tuning = new FineTuningClient(Key, new FineTuningClientOptions { Endpoint = Endpoint });

        var running = await tuning.GetJobAsync(job.Id);
        Assert.Equal(FineTuningStatus.Running, running.Status);
        await running.CancelAndUpdateAsync();

        Assert.Equal(JobState.Cancelled, (await Host.JobAsync(job.Id, j => j.State.IsFinal())).State);
        Assert.Equal(FineTuningStatus.Cancelled, (await tuning.GetJobAsync(job.Id)).Status);
    }

    [Fact]
    public async Task A_file_without_a_usable_row_fails_the_job_with_the_reason()
    {
        using var client = Host.Client();
        var file = await Host.UploadAsync(client, "{\"messages\":[{\"role\":\"user\",\"content\":\"alone\"}]}\n");
        var tuning = new FineTuningClient(Key, new FineTuningClientOptions { Endpoint = Endpoint });

        var started = await tuning.FineTuneAsync(StudioHost.ModelName, file, waitUntilCompleted: false);
        var job = await Host.JobAsync(started.JobId, j => j.State.IsFinal());

        Assert.Equal(JobState.Failed, job.State);
        var error = JsonNode.Parse(await client.GetStringAsync($"/v1/fine_tuning/jobs/{job.Id}"))!["error"]!;
        Assert.Equal("invalid_training_file", error["code"]!.GetValue<string>());
        Assert.Equal("training_file", error["param"]!.GetValue<string>());
        Assert.NotEmpty(error["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Models_are_listed()
    {
        var models = (await new OpenAIModelClient(Key, Options).GetModelsAsync()).Value;
        Assert.Contains(models, m => m.Id == StudioHost.ModelName && m.OwnedBy == "studio");
    }

    [Fact]
    public async Task Chat_streams()
    {
        var text = new StringBuilder();
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in new ChatClient(StudioHost.ModelName, Key, Options).CompleteChatStreamingAsync("one two three"))
        {
            text.Append(string.Concat(update.ContentUpdate.Select(p => p.Text)));
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
            Assert.Equal(StudioHost.ModelName, update.Model);
        }

        Assert.Equal("base: one two three ", text.ToString());
        Assert.Equal(ChatFinishReason.Stop, reason);
        Assert.Equal(7, usage!.TotalTokenCount);
    }

    [Theory]
    [InlineData("refuse", 400)]
    public async Task Refusals_of_the_worker_reach_the_client(string prompt, int status)
    {
        var fault = await Assert.ThrowsAsync<ClientResultException>(() => new ChatClient(StudioHost.ModelName, Key, Options).CompleteChatAsync(prompt));
        Assert.Equal(status, fault.Status);
        Assert.Contains("too long", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_have_the_status_the_package_expects()
    {
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => new ChatClient("nobody", Key, Options).CompleteChatAsync("hello"));
        Assert.Equal(404, unknown.Status);
        var stranger = await Assert.ThrowsAsync<ClientResultException>(() => new ChatClient(StudioHost.ModelName, new ApiKeyCredential("sk-wrong"), Options).CompleteChatAsync("hello"));
        Assert.Equal(401, stranger.Status);
        var tuning = new FineTuningClient(Key, new FineTuningClientOptions { Endpoint = Endpoint });
        var missing = await Assert.ThrowsAsync<ClientResultException>(() => tuning.GetJobAsync("ftjob-none"));
        Assert.Equal(404, missing.Status);
    }
}
