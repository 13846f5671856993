using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Reviews;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Reviews;

public sealed class FeedbackTests
{
    [Fact]
    public async Task A_flagged_answer_becomes_preference_data_after_review()
    {
        await using var host = await StudioHost.StartAsync();
        using var user = host.Client(Role.Viewer);
        using var reviewer = host.Client(Role.Trainer);
        var chat = await (await user.PostAsJsonAsync("/v1/chat/completions", new { model = StudioHost.ModelName, messages = new[] { new { role = "system", content = "Be brief." }, new { role = "user", content = "Why?" } } })).Content.ReadFromJsonAsync<JsonObject>();
        var id = chat!["id"]!.GetValue<string>();

        var flagged = await user.PostAsJsonAsync("/api/feedback", new { request_id = id, rating = "down", comment = "No reason given." });
        Assert.Equal(HttpStatusCode.Created, flagged.StatusCode);
        var vote = (await flagged.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(("base: Why?", "Be brief."), (vote["answers"]![0]!["text"]!.GetValue<string>(), vote["prompt"]![0]!["content"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.Conflict, (await reviewer.PostAsync("/api/feedback/dataset", null)).StatusCode);

        Assert.Equal(HttpStatusCode.Forbidden, (await user.PatchAsJsonAsync($"/api/feedback/{vote["id"]}", new { text = "Because." })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await reviewer.PatchAsJsonAsync($"/api/feedback/{vote["id"]}", new { text = "Because." })).StatusCode);
        var first = await (await reviewer.PostAsync("/api/feedback/dataset", null)).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(("preference", 1, 1), (first!["kind"]!.GetValue<string>(), first["number"]!.GetValue<int>(), first["valid_rows"]!.GetValue<int>()));

        var compared = new { messages = new[] { new { role = "user", content = "Which?" } }, answers = new[] { new { model = "a", text = "left" }, new { model = "b", text = "right" } }, preferred = 1 };
        Assert.Equal(HttpStatusCode.Created, (await user.PostAsJsonAsync("/api/feedback", compared)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await user.PostAsJsonAsync("/api/feedback", compared)).StatusCode);
        var open = (await reviewer.GetFromJsonAsync<JsonArray>("/api/feedback?state=open"))!;
        var reviewed = await (await reviewer.PostAsJsonAsync("/api/feedback/review", new { ids = open.Select(v => v!["id"]!.GetValue<string>()), state = "accepted" })).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(2, reviewed!["changed"]!.GetValue<int>());
        var summary = (await reviewer.GetFromJsonAsync<JsonObject>("/api/feedback/summary"))!;
        Assert.Equal((2, 1.0, 3), (summary["pairs"]!.GetValue<int>(), summary["agreement"]!.GetValue<double>(), summary["accepted"]!.GetValue<int>()));

        var second = await (await reviewer.PostAsync("/api/feedback/dataset", null)).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal((first["dataset_id"]!.GetValue<string>(), 2), (second!["dataset_id"]!.GetValue<string>(), second["number"]!.GetValue<int>()));
        var examples = host.Get<DatasetLibrary>().Read(second["id"]!.GetValue<string>()).Cast<PreferenceExample>().Select(e => (e.Prompt[^1].Content, e.Chosen[0].Content, e.Rejected[0].Content));
        Assert.Equal([("Why?", "Because.", "base: Why?"), ("Which?", "right", "left")], examples);
        Assert.Equal(3, host.Database.Votes.List(v => v.State == ReviewState.Accepted).Count);
    }

    [Fact]
    public async Task What_cannot_be_judged_is_refused()
    {
        string[] bodies =
        [
            """{"rating":"up"}""",
            """{"request_id":"chatcmpl-unknown","rating":"up"}""",
            """{"messages":[{"role":"user","content":"x"}],"answer":"y"}""",
            """{"messages":[{"role":"user","content":"x"}],"answer":"y","rating":"sideways"}""",
            """{"messages":[{"role":"assistant","content":"x"}],"answer":"y","rating":"up"}""",
            """{"messages":[{"role":"user"}],"answer":"y","rating":"up"}""",
            """{"messages":[{"role":"user","content":"x"}],"answers":[{"model":"a","text":"b"}],"preferred":1}""",
        ];
        await using var host = await StudioHost.StartAsync();
        using var client = host.Client();
        foreach (var body in bodies)
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            var answer = await client.PostAsync("/api/feedback", content);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonObject>())!["problems"]!.AsArray());
        }

        var late = await (await client.PostAsJsonAsync("/api/feedback", new { request_id = "chatcmpl-unknown", rating = "up" })).Content.ReadAsStringAsync();
        Assert.Contains("newest 500 answers", late, StringComparison.Ordinal);
        Assert.Contains("Send the messages and the answer", late, StringComparison.Ordinal);
        Assert.Empty(host.Database.Votes.List());
    }
}
