using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Graded;
using Studio.Web.Grading;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Api;

public sealed class EvalsApiTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task An_eval_grades_the_answers_of_a_model()
    {
        using var client = Host.Client();
        var eval = await PostAsync(client, "/v1/evals", new
        {
            name = "capitals",
            data_source_config = new { type = "custom", item_schema = new { type = "object", properties = new { question = new { type = "string" } }, required = new[] { "question" } }, include_sample_schema = true },
            testing_criteria = new object[]
            {
                new { type = "string_check", name = "echo", input = "{{sample.output_text}}", reference = "{{item.answer}}", operation = "ilike" },
                new { type = "text_similarity", name = "alike", input = "{{sample.output_text}}", reference = "{{item.answer}}", evaluation_metric = "fuzzy_match", pass_threshold = 0.4 },
            },
        });
        Assert.Equal("eval", eval["object"]!.GetValue<string>());
        var id = eval["id"]!.GetValue<string>();
        var run = await PostAsync(client, $"/v1/evals/{id}/runs", new
        {
            name = "first",
            data_source = new
            {
                type = "completions",
                model = StudioHost.ModelName,
                source = new { type = "file_content", content = new[] { new { item = new { question = "Paris", answer = "Paris" } }, new { item = new { question = "Rome", answer = "Oslo" } } } },
                input_messages = new { type = "template", template = new[] { new { role = "user", content = "{{item.question}}" } } },
            },
        });
        run = await EndedAsync(client, id, run["id"]!.GetValue<string>());

        Assert.Equal("completed", run["status"]!.GetValue<string>());
        Assert.Equal((2, 1, 1, 0), (Number(run, "total"), Number(run, "passed"), Number(run, "failed"), Number(run, "errored")));
        Assert.Equal(1, run["per_testing_criteria_results"]![0]!["passed"]!.GetValue<int>());
        var failed = (await client.GetFromJsonAsync<JsonObject>($"/v1/evals/{id}/runs/{run["id"]}/output_items?status=fail"))!;
        var item = Assert.Single(failed["data"]!.AsArray())!;
        Assert.Equal(1, item["datasource_item_id"]!.GetValue<int>());
        Assert.Contains("Rome", item["sample"]!["output"]![0]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/v1/evals/{id}/runs/{run["id"]}/output_items/{item["id"]}")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync($"/v1/evals/{id}/runs/{run["id"]}/cancel", null)).StatusCode);
        Assert.True((await client.DeleteFromJsonAsync<JsonObject>($"/v1/evals/{id}"))!["deleted"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/v1/evals/{id}/runs/{run["id"]}")).StatusCode);
    }

    [Fact]
    public async Task Given_answers_are_graded_without_a_model()
    {
        using var client = Host.Client();
        var eval = await PostAsync(client, "/v1/evals", new { data_source_config = new { type = "custom", item_schema = new { type = "object" } }, testing_criteria = new object[] { new { type = "string_check", name = "same", input = "{{sample.output_text}}", reference = "{{item.answer}}", operation = "eq" } } });
        var id = eval["id"]!.GetValue<string>();
        var run = await PostAsync(client, $"/v1/evals/{id}/runs", new { data_source = new { type = "jsonl", source = new { type = "file_content", content = new object[] { new { item = new { answer = "4" }, sample = new { output_text = "4" } }, new { item = new { answer = "5" }, sample = new { } } } } } });
        run = await EndedAsync(client, id, run["id"]!.GetValue<string>());
        Assert.Equal((1, 1), (Number(run, "passed"), Number(run, "errored")));
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_with_the_field()
    {
        using var client = Host.Client();
        var config = new { type = "custom", item_schema = new { type = "object" } };
        foreach (var (body, param) in new (object, string)[]
        {
            (new { data_source_config = config, testing_criteria = new object[] { new { type = "python", name = "x", source = "def grade(): pass" } } }, "testing_criteria[0].type"),
            (new { data_source_config = config, testing_criteria = new object[] { new { type = "string_check", name = "x", input = "a", reference = "b", operation = "near" } } }, "testing_criteria[0].operation"),
            (new { data_source_config = config, testing_criteria = new object[] { new { type = "text_similarity", name = "x", input = "a", reference = "b", evaluation_metric = "cosine" } } }, "testing_criteria[0].evaluation_metric"),
            (new { data_source_config = config, testing_criteria = new object[] { new { type = "label_model", name = "x", model = "tiny", input = new[] { new { role = "user", content = "x" } }, labels = new[] { "a" }, passing_labels = new[] { "b" } } } }, "testing_criteria[0].passing_labels"),
            (new { data_source_config = new { type = "stored_completions" }, testing_criteria = new object[] { new { type = "string_check" } } }, "data_source_config.type"),
            (new { data_source_config = config, testing_criteria = Array.Empty<object>() }, "testing_criteria"),
        })
        {
            var answer = await client.PostAsJsonAsync("/v1/evals", body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal(param, (await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["param"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("abc", "abc", 1)]
    [InlineData("", "", 1)]
    [InlineData("abcd", "bd", 2 * 2 / 6.0)]
    [InlineData("abc", "xyz", 0)]
    public void Fuzzy_match_counts_shared_characters_in_order(string a, string b, double expected) => Assert.Equal(expected, TextSimilarity.FuzzyMatch(a, b), 10);

    private static int Number(JsonObject run, string name) => run["result_counts"]![name]!.GetValue<int>();

    private async Task<JsonObject> EndedAsync(HttpClient client, string eval, string run)
    {
        await Host.UntilAsync(Host.Database.GradedRuns, () => Host.Database.GradedRuns.Get(run) is { IsFinal: true });
        Assert.NotEqual(GradedRunState.Failed, Host.Database.GradedRuns.Get(run)!.State);
        return (await client.GetFromJsonAsync<JsonObject>($"/v1/evals/{eval}/runs/{run}"))!;
    }

    private static async Task<JsonObject> PostAsync(HttpClient client, string path, object body)
    {
        var answer = await client.PostAsJsonAsync(path, body);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
