using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data.Access;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Web.Pages.Adapters;
using Studio.Web.Pages.Gate;
using Studio.Web.Release;

namespace Studio.Web.Tests.Pages;

public sealed class GatePageTests : PageContext
{
    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public void A_rule_is_added_tried_on_past_adapters_and_saved_as_the_next_version()
    {
        var model = this.AddModel();
        var adapter = this.AddAdapter(this.AddJob("facts", JobState.Succeeded, model));
        Database.Evaluations.Insert(Evaluation(adapter.Id, new Measure("stop_rate", "stop_rate", 0.8, 200) { BaseValue = 0.81 }));
        var page = Render<GatePage>();
        var before = page.FindAll("li.rule").Count;

        page.Find("[data-testid=add-rule]").Click();
        page.Find("[data-testid=rule-target]").Change("stop_rate.stop_rate");
        page.Find("[data-testid=rule-limit]").Change("95");
        Assert.Equal(before + 1, page.FindAll("li.rule").Count);
        Assert.Contains("at least 95 %", page.FindAll("li.rule")[^1].TextContent);

        page.Find("[data-testid=try-policy]").Click();
        var trial = page.Find("[data-testid=trials] tbody tr").TextContent;
        Assert.Contains("Passes the policy", trial);
        Assert.Contains("Held back by the policy", trial);
        Assert.Contains("Ended by itself 80 %", trial);
        Assert.Contains("1 adapter changes sides", page.Markup);

        page.Find("[data-testid=policy-note]").Input("It has to stop.");
        page.Find("[data-testid=save-policy]").Click();
        var policy = Database.Policies.Get(DefaultPolicy.Id)!;
        Assert.Equal((2, "It has to stop.", "tester"), (policy.Version, policy.Note, policy.Author));
        Assert.Equal(new PolicyRule { Suite = "stop_rate", Metric = "stop_rate", Direction = Studio.Data.Evaluation.Direction.AtLeast, Limit = 0.95, MinimumCount = 100, Required = false }, policy.Rules[^1]);
        Assert.Equal(before, Assert.Single(policy.History).Rules.Count);
    }

    [Fact]
    public void What_somebody_else_saved_meanwhile_is_not_overwritten()
    {
        var page = Render<GatePage>();
        page.Find("[data-testid=add-rule]").Click();
        page.Find("[data-testid=rule-limit]").Change("70");
        Services.GetRequiredService<PolicyBook>().Save(DefaultPolicy.Id, [], null, 1, "other");
        page.Find("[data-testid=save-policy]").Click();
        Assert.Contains("changed meanwhile", page.Markup);
        Assert.Equal((2, 0), (Database.Policies.Get(DefaultPolicy.Id)!.Version, Database.Policies.Get(DefaultPolicy.Id)!.Rules.Count));
    }

    [Theory]
    [InlineData(Role.Trainer, true)]
    [InlineData(Role.Viewer, false)]
    public void Only_owners_change_rules_and_trainers_try_them(Role role, bool tries)
    {
        SignIn(role);
        var page = Render<GatePage>();
        Assert.NotEmpty(page.FindAll("li.rule"));
        Assert.Empty(page.FindAll("[data-testid=save-policy], [data-testid=add-rule]"));
        Assert.Equal(tries, page.FindAll("[data-testid=try-policy]").Count == 1);
    }

    [Fact]
    public void The_adapter_s_gate_shows_each_rule_and_why_nobody_can_override_here()
    {
        var adapter = this.AddAdapter(this.AddJob("facts", JobState.Succeeded, this.AddModel()));
        Database.Evaluations.Insert(Evaluation(adapter.Id, new Measure("last_word", "accuracy", 0.4, 500) { BaseValue = 0.6 }));
        var page = Render<AdapterPage>(p => p.Add(c => c.Id, adapter.Id).Add(c => c.Tab, "gate"));
        Assert.Contains("Held back by the policy", page.Find("[data-testid=verdict]").TextContent);
        var row = page.FindAll("tbody tr").Single(r => r.TextContent.Contains("Last word", StringComparison.Ordinal)).TextContent;
        Assert.Contains("≥ 58 %", row);
        Assert.Contains("40 %", row);
        Assert.Contains("not met", row);
        Assert.Contains("without --local-trial", page.Find("[data-testid=override-impossible]").TextContent);
    }

    [Theory]
    [InlineData(0.85, null)]
    [InlineData(null, 0.0)]
    [InlineData(0.1, -0.02)]
    [InlineData(0.123456, 0.05)]
    public void A_rule_survives_the_form(double? limit, double? change)
    {
        var rule = new PolicyRule { Suite = "refusal_pair", Metric = "over_refusal_rate", Direction = Studio.Data.Evaluation.Direction.AtMost, Limit = limit, AgainstBase = change, NoiseFloor = 0.015, MinimumCount = 7, Confident = true, Goal = "refuse", Group = "fraud" };
        Assert.Equal(rule, RuleDraft.Of(rule).ToRule());
        Assert.False(RuleDraft.Of(rule).Changed);
    }

    private static EvaluationJob Evaluation(string adapterId, params Measure[] measures) => new()
    {
        Id = "eval-1",
        CreatedAt = DateTimeOffset.UnixEpoch,
        Name = "evaluation",
        BaseModelId = "base",
        AdapterId = adapterId,
        Suites = [],
        State = JobState.Succeeded,
        Result = new EvaluationResult { Measures = measures, SuiteHashes = new Dictionary<string, string>(), BaseSha256 = "00ff", AdapterSha256 = "ff00", FinishedAt = DateTimeOffset.UnixEpoch },
    };
}
