using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Training.Generation;
using Studio.Training.Serving;
using Studio.Training.Tests.Generation;

namespace Studio.Training.Tests.Serving;

public sealed class WorkerServerTests
{
    [SkippableTheory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"model":"tiny"}""")]
    [InlineData("""{"model":"tiny","messages":[]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"robot","content":"w7"}]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user"}]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":7}]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":[{"type":"image_url"}]}]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"temperature":-1}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"temperature":"hot"}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"max_tokens":0}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"max_tokens":1e300}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"n":1000}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"logit_bias":{"9999999":1}}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"top_logprobs":3}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"stop":[""]}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"seed":1.5}""")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"w7"}],"stream":"yes"}""")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"w7"}]}""")]
    public async Task A_bad_chat_request_is_a_400_that_says_why(string body)
    {
        await using var worker = await Worker.StartAsync();
        var reply = await worker.Client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        var error = (await reply.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;
        Assert.NotEqual("", (string)error["message"]!);
        Assert.Equal("invalid_request_error", (string)error["type"]!);
    }

    [SkippableFact]
    public async Task Without_the_token_nothing_is_answered()
    {
        await using var worker = await Worker.StartAsync();
        worker.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await worker.Client.GetAsync("/v1/models")).StatusCode);
    }

    [SkippableFact]
    public async Task An_unknown_model_is_a_404()
    {
        await using var worker = await Worker.StartAsync();
        var reply = await worker.Client.PostAsJsonAsync("/v1/completions", new { model = "nobody", prompt = "w7" });
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("model_not_found", (string)(await reply.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["code"]!);
    }

    [SkippableFact]
    public async Task A_prompt_longer_than_the_context_is_refused()
    {
        await using var worker = await Worker.StartAsync();
        var reply = await worker.Client.PostAsJsonAsync("/v1/completions", new { model = "tiny", prompt = Enumerable.Repeat(9, 100_000).ToArray() });
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("context_length_exceeded", (string)(await reply.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["code"]!);
    }

    [SkippableFact]
    public async Task A_stream_carries_the_same_text_as_the_whole_answer_and_ends_with_done()
    {
        await using var worker = await Worker.StartAsync();
        var request = new JsonObject { ["model"] = "tiny", ["messages"] = new JsonArray { new JsonObject { ["role"] = "user", ["content"] = "w20 w30 w40" } }, ["temperature"] = 0, ["max_tokens"] = 12 };
        var whole = await (await worker.Client.PostAsJsonAsync("/v1/chat/completions", request)).Content.ReadFromJsonAsync<JsonObject>();
        request["stream"] = true;
        request["stream_options"] = new JsonObject { ["include_usage"] = true };
        var body = await (await worker.Client.PostAsJsonAsync("/v1/chat/completions", request)).Content.ReadAsStringAsync();
        var events = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, e => Assert.StartsWith("data: ", e, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        var chunks = events[..^1].Select(e => JsonNode.Parse(e["data: ".Length..])!.AsObject()).ToList();
        var text = string.Concat(chunks.SelectMany(c => c["choices"]!.AsArray()).Select(c => (string?)c!["delta"]!["content"]));
        Assert.Equal((string)whole!["choices"]![0]!["message"]!["content"]!, text);
        Assert.Equal((int)whole["usage"]!["completion_tokens"]!, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.Contains(chunks.SelectMany(c => c["choices"]!.AsArray()), c => (string?)c!["finish_reason"] == (string)whole["choices"]![0]!["finish_reason"]!);
    }

    [SkippableFact]
    public async Task Adapters_load_answer_and_unload_while_it_runs()
    {
        await using var worker = await Worker.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await worker.Client.PostAsJsonAsync("/v1/load_lora_adapter", new { lora_name = "tuned", lora_path = TinyModel.AdapterFolder })).StatusCode);
        var proof = await (await worker.Client.PostAsJsonAsync("/v1/prove_lora_adapter", new { lora_name = "tuned" })).Content.ReadFromJsonAsync<JsonObject>();
        Assert.True((double)proof!["max_logit_difference"]! > 0);
        var models = (await worker.Client.GetFromJsonAsync<JsonObject>("/v1/models"))!["data"]!.AsArray().Select(m => (string)m!["id"]!);
        Assert.Equal(["tiny", "tuned"], models);
        var answer = await worker.Client.PostAsJsonAsync("/v1/completions", new { model = "tuned", prompt = "w7 w8", max_tokens = 4, temperature = 0, logprobs = 2 });
        Assert.Equal(4, (await answer.Content.ReadFromJsonAsync<JsonObject>())!["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.OK, (await worker.Client.PostAsJsonAsync("/v1/unload_lora_adapter", new { lora_name = "tuned" })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await worker.Client.PostAsJsonAsync("/v1/unload_lora_adapter", new { lora_name = "tuned" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await worker.Client.PostAsJsonAsync("/v1/load_lora_adapter", new { lora_name = "x", lora_path = "/nowhere" })).StatusCode);
    }

    private sealed class Worker : IAsyncDisposable
    {
        private readonly IDisposable _model;
        private readonly Engine _engine;
        private readonly WorkerServer _server;

        private Worker(IDisposable model, Engine engine, WorkerServer server)
        {
            (_model, _engine, _server) = (model, engine, server);
            Client = new HttpClient { BaseAddress = new Uri(server.Address) };
            Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        }

        public HttpClient Client { get; }

        public static async Task<Worker> StartAsync()
        {
            TinyModel.SkipIfAbsent();
            var model = TinyModel.Load();
            var engine = new Engine(model, "tiny");
            return new Worker(model, engine, await WorkerServer.StartAsync(engine, 0, "secret", TimeProvider.System, CancellationToken.None));
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _server.DisposeAsync();
            _engine.Dispose();
            _model.Dispose();
        }
    }
}
