using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Web.Access;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Release;

public sealed class ReleaseGateTests
{
    private const string Password = "correct horse battery";
    private const string Reason = "The customer knows and waits for it.";

    [Fact]
    public async Task A_failing_adapter_is_refused_with_its_numbers_until_a_second_person_approves()
    {
        await using var host = await StudioHost.StartAsync();
        using var owner = host.Client();
        var adapter = await TrainAsync(host, owner, "facts");
        Evaluate(host, adapter, new Measure("last_word", "accuracy", 0.41, 500) { BaseValue = 0.62, HigherIsBetter = true });

        var refused = await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "live" });
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal("release_gate", problem["code"]!.GetValue<string>());
        var rule = Assert.Single(problem["problems"]!.AsArray().Skip(1))!;
        Assert.Equal("last_word.accuracy", rule["field"]!.GetValue<string>());
        Assert.Contains("0.41", rule["message"]!.GetValue<string>());
        Assert.Contains("at least 0.6", rule["message"]!.GetValue<string>());
        Assert.Contains("n = 500", rule["message"]!.GetValue<string>());
        Assert.Empty(host.Database.Deployments.List());

        using var ann = Person(host, "ann", Role.Trainer);
        using var bob = Person(host, "bob", Role.Owner);
        Assert.Equal(HttpStatusCode.BadRequest, (await ann.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override", new { reason = "short" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await owner.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override", new { reason = Reason })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ann.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override", new { reason = Reason })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await bob.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override", new { reason = Reason })).StatusCode);

        // Who asked may have become an owner since: still not the second person.
        host.Get<Accounts>().ChangeRole(host.Database.Users.List(u => u.Name == "ann").Single().Id, Role.Owner, "test");
        using var promoted = Key(host, "ann", Role.Owner);
        var same = await promoted.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override/approve", new { });
        Assert.Equal(HttpStatusCode.Forbidden, same.StatusCode);
        Assert.Equal("needs_second_person", (await same.Content.ReadFromJsonAsync<JsonObject>())!["code"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Forbidden, (await owner.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override/approve", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "live" })).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override/approve", new { comment = "Seen." })).StatusCode);
        var verdict = (await owner.GetFromJsonAsync<JsonObject>($"/api/adapters/{adapter.Id}/verdict"))!;
        Assert.True(verdict["allowed"]!.GetValue<bool>());
        Assert.False(verdict["verdict"]!["passed"]!.GetValue<bool>());
        var deployed = await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "live", wait = true });
        Assert.Equal("ready", (await deployed.Content.ReadFromJsonAsync<JsonObject>())!["state"]!.GetValue<string>());

        Assert.Equal(["override.approved", "override.requested"], host.Database.Audit.List(e => e.Action.StartsWith("override.", StringComparison.Ordinal)).Select(e => e.Action));
        Assert.True(host.Database.Audit.List(e => e.Action == "deployment.refused").Count >= 2);
        var passport = (await owner.GetFromJsonAsync<JsonObject>($"/api/adapters/{adapter.Id}/passport"))!["passport"]!;
        Assert.Equal(("ann", "bob", Reason), (passport["override"]!["requested_by"]!.GetValue<string>(), passport["override"]!["approved_by"]!.GetValue<string>(), passport["override"]!["reason"]!.GetValue<string>()));
        Assert.False(passport["verdict"]!["passed"]!.GetValue<bool>());

        // The exception was given for this policy and these evaluations; others need another one.
        var policy = (await owner.GetFromJsonAsync<JsonArray>("/api/policies"))![0]!;
        var saved = await owner.PutAsJsonAsync($"/api/policies/{DefaultPolicy.Id}", new { rules = policy["rules"], note = "again", version = 1 });
        Assert.Equal(2, (await saved.Content.ReadFromJsonAsync<JsonObject>())!["version"]!.GetValue<int>());
        Assert.Equal(HttpStatusCode.Conflict, (await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "other" })).StatusCode);
    }

    [Fact]
    public async Task An_adapter_that_nobody_evaluated_is_deployed_in_one_step_unless_the_policy_demands_it()
    {
        await using var host = await StudioHost.StartAsync();
        using var owner = host.Client();
        var adapter = await TrainAsync(host, owner, "facts");
        Assert.Equal(HttpStatusCode.Created, (await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "first" })).StatusCode);

        var demanding = new { rules = new[] { new { suite = "last_word", metric = "accuracy", direction = "at_least", limit = 0.5, required = true } }, version = 1 };
        var tried = await (await owner.PostAsJsonAsync($"/api/policies/{DefaultPolicy.Id}/test", new { demanding.rules })).Content.ReadFromJsonAsync<JsonArray>();
        Assert.Equal((true, false), (tried![0]!["before"]!["passed"]!.GetValue<bool>(), tried[0]!["after"]!["passed"]!.GetValue<bool>()));
        Assert.Equal(HttpStatusCode.OK, (await owner.PutAsJsonAsync($"/api/policies/{DefaultPolicy.Id}", demanding)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await owner.PutAsJsonAsync($"/api/policies/{DefaultPolicy.Id}", demanding)).StatusCode);

        var refused = await (await owner.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "second" })).Content.ReadFromJsonAsync<JsonObject>();
        Assert.Contains("was not measured", refused!["detail"]!.GetValue<string>());
        Assert.Contains("Evaluate last_word", refused["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task In_a_local_trial_nobody_overrides_and_it_says_why()
    {
        await using var host = await StudioHost.StartAsync(o => o with { LocalTrial = true });
        using var client = host.Client(null);
        var adapter = await TrainAsync(host, client, "facts");
        Evaluate(host, adapter, new Measure("hallucination", "hallucination_rate", 0.9, 200) { BaseValue = 0.2 });

        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsJsonAsync("/api/deployments", new { adapter_id = adapter.Id, alias = "live" })).StatusCode);
        var asked = await client.PostAsJsonAsync($"/api/adapters/{adapter.Id}/override", new { reason = Reason });
        Assert.Equal(HttpStatusCode.Forbidden, asked.StatusCode);
        Assert.Contains("--local-trial", (await asked.Content.ReadFromJsonAsync<JsonObject>())!["detail"]!.GetValue<string>());
        var verdict = (await client.GetFromJsonAsync<JsonObject>($"/api/adapters/{adapter.Id}/verdict"))!;
        Assert.Equal("needs_two_people", verdict["override_impossible"]!["rule"]!.GetValue<string>());
    }

    internal static async Task<Adapter> TrainAsync(StudioHost host, HttpClient client, string name)
    {
        var job = await host.CreateJobAsync(client, name);
        Assert.Equal(JobState.Succeeded, job.State);
        return host.Database.Adapters.Get(job.AdapterId!)!;
    }

    internal static void Evaluate(StudioHost host, Adapter adapter, params Measure[] measures) => host.Database.Evaluations.Insert(new EvaluationJob
    {
        Id = NewId.Evaluation(),
        CreatedAt = DateTimeOffset.UnixEpoch,
        Name = "evaluation",
        BaseModelId = adapter.BaseModelId,
        AdapterId = adapter.Id,
        Suites = [],
        State = JobState.Succeeded,
        Result = new EvaluationResult { Measures = measures, SuiteHashes = new Dictionary<string, string>(), BaseSha256 = adapter.BaseSha256, AdapterSha256 = adapter.Sha256, FinishedAt = DateTimeOffset.UnixEpoch },
    });

    private static HttpClient Person(StudioHost host, string name, Role role)
    {
        Assert.True(host.Get<Accounts>().Create(name, Password, role, "test").Succeeded);
        return Key(host, name, role);
    }

    private static HttpClient Key(StudioHost host, string name, Role role)
    {
        var user = host.Database.Users.List(u => u.Name == name).Single();
        var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", host.Get<KeyRing>().Create(name, role, user.Id, null, "test").Value.Key);
        return client;
    }
}
