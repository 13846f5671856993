using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Web.Registry;
using Studio.Web.Serving;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Serving;

public sealed class ChatGatewayTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task Completions_answer_too()
    {
        using var client = Host.Client();
        var answer = await client.PostAsJsonAsync("/v1/completions", new { model = StudioHost.ModelName, prompt = "once" });
        Assert.Equal("base: once", (await answer.Content.ReadFromJsonAsync<JsonObject>())!["choices"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_worker_that_dies_is_started_again_and_the_client_gets_an_error_in_between()
    {
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        var streamed = await ChatAsync(client, "die", stream: true);
        var text = await streamed.Content.ReadAsStringAsync();

        Assert.Contains("data: {\"error\":", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var whole = await ChatAsync(client, "die");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, whole.StatusCode);
        Assert.NotNull(whole.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_decoding()
    {
        using var client = Host.Client();
        var stopped = Path.Combine(Path.GetDirectoryName(Host.Model.Path)!, "stopped");
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(stopped)!);
        var seen = new TaskCompletionSource();
        watcher.Created += (_, e) =>
        {
            if (e.FullPath == stopped)
            {
                seen.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Body("endless", stream: true) })
        using (var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            var stream = await answer.Content.ReadAsStreamAsync();
            Assert.True(await stream.ReadAsync(new byte[64]) > 0);
        }

        await seen.Task.WaitAsync(StudioHost.Patience);
        Assert.All(Host.Get<LocalWorkers>().All, w => Assert.True(w.Running));
    }

    [Fact]
    public async Task A_full_queue_is_429_with_retry_after()
    {
        await using var host = await StudioHost.StartAsync(o => o with { QueueLimit = 1 });
        using var client = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Body("endless", stream: true) };
        using var first = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var second = await ChatAsync(client, "hello");

        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
        Assert.Equal("rate_limit_error", (await second.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Changed_weights_are_not_served()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "tampered");
        var library = Host.Get<AdapterLibrary>();
        var adapter = library.Get(job.AdapterId!)!;
        await File.AppendAllTextAsync(Path.Combine(library.Folder(adapter), AdapterLibrary.WeightsFile), "x");

        var answer = await ChatAsync(client, "hello", adapter.ModelName);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(job.Id, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_adapters_push_the_oldest_out()
    {
        await using var host = await StudioHost.StartAsync(o => o with { ResidentAdapters = 1 });
        using var client = host.Client();
        var first = await host.CreateJobAsync(client, "one");
        var second = await host.CreateJobAsync(client, "two");
        foreach (var job in new[] { first, second, first })
        {
            var answer = await ChatAsync(client, "hello", host.Database.Adapters.Get(job.AdapterId!)!.ModelName);
            Assert.Equal("tuned: hello", (await answer.Content.ReadFromJsonAsync<JsonObject>())!["choices"]![0]!["message"]!["content"]!.GetValue<string>());
            Assert.Equal([job.AdapterId!], host.Get<LocalWorkers>().All.Single().LoadedAdapters);
        }
    }

    [Theory]
    [InlineData("temperature", "3", "temperature")]
    [InlineData("top_p", "-0.1", "top_p")]
    [InlineData("max_tokens", "0", "max_tokens")]
    [InlineData("max_tokens", "1.5", "max_tokens")]
    [InlineData("n", "\"two\"", "n")]
    [InlineData("stream", "1", "stream")]
    [InlineData("stop", "[1]", "stop")]
    [InlineData("top_logprobs", "21", "top_logprobs")]
    [InlineData("messages", "[]", "messages")]
    [InlineData("messages", "[{\"role\":\"king\",\"content\":\"x\"}]", "messages[0].role")]
    [InlineData("messages", "[{\"role\":\"user\"}]", "messages[0].content")]
    [InlineData("messages", "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]", "messages[0].content[0]")]
    public async Task Values_out_of_range_are_named_before_a_model_is_asked(string name, string value, string param)
    {
        using var client = Host.Client();
        var body = JsonNode.Parse($$"""{"model":"tiny","messages":[{"role":"user","content":"x"}]}""")!.AsObject();
        body[name] = JsonNode.Parse(value);

        var answer = await client.PostAsync("/v1/chat/completions", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, (await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_playground_reads_the_same_answers()
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "to you" });
        var text = new StringBuilder();
        ChatDelta? last = null;
        await foreach (var delta in Host.Get<ChatGateway>().ChatAsync(StudioHost.ModelName, messages, new ChatOptions { Temperature = 0 }, CancellationToken.None))
        {
            text.Append(delta.Text);
            last = delta;
        }

        Assert.Equal("base: to you ", text.ToString());
        Assert.Equal(4, last!.CompletionTokens);
        await foreach (var delta in Host.Get<ChatGateway>().ChatAsync("nobody", messages, new ChatOptions(), CancellationToken.None))
        {
            Assert.Contains("does not exist", delta.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_alias_answers_with_a_proved_adapter_and_goes_back()
    {
        using var client = Host.Client();
        var first = await Host.CreateJobAsync(client, "v1");
        var second = await Host.CreateJobAsync(client, "v2");

        var deployed = await DeployAsync(client, first, "support");
        Assert.Equal("ready", deployed["state"]!.GetValue<string>());
        Assert.Equal(0.5, deployed["proof"]!["max_logit_difference"]!.GetValue<double>());
        var answer = await ChatAsync(client, "hello", "support");
        Assert.Equal("support", (await answer.Content.ReadFromJsonAsync<JsonObject>())!["model"]!.GetValue<string>());

        deployed = await DeployAsync(client, second, "support");
        Assert.Equal(second.AdapterId, deployed["adapter_id"]!.GetValue<string>());
        var id = deployed["id"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Conflict, (await client.DeleteAsync($"/api/adapters/{second.AdapterId}")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/deployments/{id}/rollback", null)).StatusCode);
        await Host.UntilAsync(Host.Database.Deployments, () => Host.Database.Deployments.Get(id) is { State: DeploymentState.Ready } d && d.AdapterId == first.AdapterId);
        Assert.Empty(Host.Database.Deployments.Get(id)!.PreviousAdapterIds);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync($"/api/deployments/{id}/rollback", null)).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/deployments/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await ChatAsync(client, "hello", "support")).StatusCode);
    }

    [Fact]
    public async Task An_adapter_that_changes_nothing_is_not_deployed_and_the_old_version_stays()
    {
        using var client = Host.Client();
        var good = await Host.CreateJobAsync(client, "good");
        var idle = await Host.CreateJobAsync(client, "idle");
        var library = Host.Get<AdapterLibrary>();
        await File.WriteAllTextAsync(Path.Combine(library.Folder(library.Get(idle.AdapterId!)!), "idle"), "");

        var failed = await DeployAsync(client, idle, "lazy");
        Assert.Equal("failed", failed["state"]!.GetValue<string>());
        Assert.Contains("not applied", failed["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await ChatAsync(client, "hello", "lazy")).StatusCode);

        await DeployAsync(client, good, "kept");
        var kept = await DeployAsync(client, idle, "kept");
        Assert.Equal("ready", kept["state"]!.GetValue<string>());
        Assert.Equal(good.AdapterId, kept["adapter_id"]!.GetValue<string>());
        Assert.Contains("still answers", kept["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ChatAsync(client, "hello", "kept")).StatusCode);
    }

    [Fact]
    public async Task Adapters_are_downloaded_exported_and_deleted()
    {
        using var client = Host.Client();
        var job = await Host.CreateJobAsync(client, "packed");
        using var archive = new System.IO.Compression.ZipArchive(await client.GetStreamAsync($"/api/adapters/{job.AdapterId}/download"));
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "passport.json"], archive.Entries.Select(e => e.FullName));
        using var merged = new System.IO.Compression.ZipArchive(await client.GetStreamAsync($"/api/adapters/{job.AdapterId}/export/merged"));
        Assert.Equal(["model.safetensors", "passport.json"], merged.Entries.Select(e => e.FullName));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync($"/api/adapters/{job.AdapterId}/export/floppy")).StatusCode);

        var name = Host.Database.Adapters.Get(job.AdapterId!)!.ModelName;
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync($"/v1/models/{name}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/v1/models/{name}")).StatusCode);
        Assert.False(Directory.Exists(Host.Paths.Adapter(job.AdapterId!)));
    }

    private static Task<HttpResponseMessage> ChatAsync(HttpClient client, string text, string model = StudioHost.ModelName, bool stream = false) => client.PostAsync("/v1/chat/completions", Body(text, model, stream));

    private static StringContent Body(string text, string model = StudioHost.ModelName, bool stream = false) =>
        new(new JsonObject { ["model"] = model, ["stream"] = stream, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) }.ToJsonString(), Encoding.UTF8, "application/json");

    private static async Task<JsonObject> DeployAsync(HttpClient client, TrainingJob job, string alias)
    {
        var answer = await client.PostAsJsonAsync("/api/deployments", new { adapter_id = job.AdapterId, alias, wait = true });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
