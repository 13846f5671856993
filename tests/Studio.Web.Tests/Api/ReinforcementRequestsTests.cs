using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Api;

/// <summary>Jobs by preference and by graders through <c>/v1/fine_tuning/jobs</c>.</summary>
public sealed class ReinforcementRequestsTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const string Prompts = """
        {"messages":[{"role":"user","content":"Which colour has the card?"}],"reference_answer":"teal"}
        {"messages":[{"role":"user","content":"Which number comes after 3?"}],"reference_answer":"4"}
        {"messages":[{"role":"user","content":"What is frozen water?"}],"reference_answer":"ice"}

        """;

    private const string Pairs = """
        {"input":{"messages":[{"role":"user","content":"Hi"}]},"preferred_output":[{"role":"assistant","content":"Hello!"}],"non_preferred_output":[{"role":"assistant","content":"What?"}]}
        {"input":{"messages":[{"role":"user","content":"Bye"}]},"preferred_output":[{"role":"assistant","content":"See you."}],"non_preferred_output":[{"role":"assistant","content":"Go."}]}

        """;

    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task A_grader_becomes_the_reward_of_a_grpo_job()
    {
        using var client = Host.Client();
        var grader = new JsonObject { ["type"] = "string_check", ["name"] = "right", ["operation"] = "ilike", ["input"] = "{{sample.output_text}}", ["reference"] = "{{item.reference_answer}}" };
        var body = await CreateAsync(client, Prompts, new JsonObject
        {
            ["type"] = "reinforcement",
            ["reinforcement"] = new JsonObject { ["grader"] = grader.DeepClone(), ["hyperparameters"] = new JsonObject { ["n_epochs"] = 2, ["batch_size"] = 3, ["compute_multiplier"] = 2, ["learning_rate_multiplier"] = 0.5, ["eval_samples"] = 1 } },
        });
        var method = body["method"]!;
        Assert.Equal("reinforcement", (string?)method["type"]);
        Assert.True(JsonNode.DeepEquals(grader, method["reinforcement"]!["grader"]));
        var numbers = method["reinforcement"]!["hyperparameters"]!;
        Assert.Equal((2, 3, 2.0, 0.5), ((int)numbers["n_epochs"]!, (int)numbers["batch_size"]!, (double)numbers["compute_multiplier"]!, (double)numbers["learning_rate_multiplier"]!));

        var job = await Host.JobAsync((string)body["id"]!, j => j.State.IsFinal());
        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(("grpo", 8, 3, 2.5e-5), (job.Recipe.Method, job.Recipe.Optimization.PerDeviceTrainBatchSize, job.Recipe.Optimization.GradientAccumulationSteps, job.Recipe.Optimization.LearningRate));
        Assert.Equal(8, (int)job.Recipe.MethodOptions["num_generations"]!);
        Assert.Equal("grader", (string?)job.Recipe.MethodOptions["rewards"]![0]);
    }

    [Fact]
    public async Task Dpo_takes_its_beta()
    {
        using var client = Host.Client();
        var body = await CreateAsync(client, Pairs, new JsonObject { ["type"] = "dpo", ["dpo"] = new JsonObject { ["hyperparameters"] = new JsonObject { ["beta"] = 0.25, ["n_epochs"] = 1 } } });
        Assert.Equal(0.25, (double)body["method"]!["dpo"]!["hyperparameters"]!["beta"]!);
        var job = await Host.JobAsync((string)body["id"]!, j => j.State.IsFinal());
        Assert.Equal((JobState.Succeeded, "dpo", 0.25), (job.State, job.Recipe.Method, (double)job.Recipe.MethodOptions["beta"]!));
    }

    [Theory]
    [InlineData("""{"type":"python","source":"def grade(): pass"}""", "method.reinforcement.grader.type", "'python' is not supported")]
    [InlineData("""{"type":"label_model","model":"m"}""", "method.reinforcement.grader.type", "'label_model' is not supported")]
    [InlineData("""{"type":"string_check","input":"a","reference":"b","operation":"is"}""", "method.reinforcement.grader.operation", "eq, ne, like, ilike")]
    [InlineData("""{"type":"text_similarity","input":"a","reference":"b","evaluation_metric":"cosine"}""", "method.reinforcement.grader.evaluation_metric", "fuzzy_match")]
    [InlineData("""{"type":"score_model","model":"m","input":[{"role":"user","content":"rate {{sample.output_text}}"}]}""", "method.reinforcement.grader", "judge_url")]
    [InlineData("""{"type":"multi","calculate_output":"a * b","graders":{"a":{"type":"string_check","input":"a","reference":"b","operation":"eq"}}}""", "method.reinforcement.grader.calculate_output", "no grader \"b\"")]
    public async Task Other_graders_are_answered_with_what_is_wrong(string grader, string param, string words)
    {
        using var client = Host.Client();
        var file = await Host.UploadAsync(client, Prompts, "prompts.jsonl");
        var reply = await client.PostAsJsonAsync("/v1/fine_tuning/jobs", new JsonObject { ["model"] = StudioHost.ModelName, ["training_file"] = file, ["method"] = new JsonObject { ["type"] = "reinforcement", ["reinforcement"] = new JsonObject { ["grader"] = JsonNode.Parse(grader) } } });
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        var error = (await reply.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;
        Assert.Equal(("invalid_request_error", param), ((string?)error["type"], (string?)error["param"]));
        Assert.Contains(words, (string?)error["message"], StringComparison.Ordinal);
    }

    private async Task<JsonObject> CreateAsync(HttpClient client, string rows, JsonObject method)
    {
        var file = await Host.UploadAsync(client, rows, "rows.jsonl");
        var reply = await client.PostAsJsonAsync("/v1/fine_tuning/jobs", new JsonObject { ["model"] = StudioHost.ModelName, ["training_file"] = file, ["method"] = method });
        var body = (await reply.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.True(reply.IsSuccessStatusCode, body.ToJsonString());
        return body;
    }
}
