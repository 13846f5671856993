using CsCheck;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Statistics;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Evaluation;

public sealed class ReleasePolicyTests
{
    [Theory]
    [InlineData(Direction.AtLeast, 0.85, 0.85, RuleOutcome.Passed)]
    [InlineData(Direction.AtLeast, 0.85, 0.84, RuleOutcome.Failed)]
    [InlineData(Direction.AtMost, 0.10, 0.10, RuleOutcome.Passed)]
    [InlineData(Direction.AtMost, 0.10, 0.11, RuleOutcome.Failed)]
    public void Absolute_limits(Direction direction, double limit, double value, RuleOutcome outcome)
    {
        var verdict = Judge(new PolicyRule { Suite = "s", Metric = "m", Direction = direction, Limit = limit }, new Measure("s", "m", value, 200));
        Assert.Equal(outcome, verdict.Rules[0].Outcome);
        Assert.Equal(outcome == RuleOutcome.Passed, verdict.Passed);
        Assert.Contains(value.ToString(System.Globalization.CultureInfo.InvariantCulture), verdict.Rules[0].Message);
        Assert.Contains("n = 200", verdict.Rules[0].Message);
    }

    [Theory]
    [InlineData(Direction.AtLeast, -0.02, 0.00, 0.585, RuleOutcome.Passed)]
    [InlineData(Direction.AtLeast, -0.02, 0.00, 0.575, RuleOutcome.Failed)]
    [InlineData(Direction.AtLeast, -0.02, 0.05, 0.56, RuleOutcome.Passed)]
    [InlineData(Direction.AtLeast, 0.05, 0.00, 0.65, RuleOutcome.Passed)]
    [InlineData(Direction.AtLeast, 0.05, 0.10, 0.65, RuleOutcome.Failed)]
    [InlineData(Direction.AtLeast, 0.00, 0.02, 0.585, RuleOutcome.Passed)]
    [InlineData(Direction.AtMost, 0.10, 0.00, 0.51, RuleOutcome.Failed)]
    [InlineData(Direction.AtMost, 0.10, 0.00, 0.50, RuleOutcome.Passed)]
    [InlineData(Direction.AtMost, -0.05, 0.00, 0.64, RuleOutcome.Passed)]
    public void Limits_against_the_base_are_judged_at_the_noise_floor_at_least(Direction direction, double change, double noise, double value, RuleOutcome outcome)
    {
        var verdict = Judge(new PolicyRule { Suite = "s", Metric = "m", Direction = direction, AgainstBase = change }, noise, new Measure("s", "m", value, 500) { BaseValue = 0.6 });
        Assert.Equal(outcome, verdict.Rules[0].Outcome);
        Assert.NotNull(verdict.Rules[0].NeededAgainstBase);
    }

    [Fact]
    public void What_was_not_measured_fails_a_required_rule_and_passes_another()
    {
        var rule = new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.5 };
        Assert.Equal(RuleOutcome.NotMeasured, Judge(rule).Rules[0].Outcome);
        Assert.False(Judge(rule).Passed);
        Assert.True(Judge(rule with { Required = false }).Passed);
        var against = rule with { Limit = null, AgainstBase = 0 };
        Assert.Equal(RuleOutcome.NotMeasured, Judge(against, new Measure("s", "m", 1, 10)).Rules[0].Outcome);
    }

    [Fact]
    public void Too_few_items_prove_nothing()
    {
        var verdict = Judge(new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.5, MinimumCount = 100 }, new Measure("s", "m", 1, 99));
        Assert.Equal(RuleOutcome.TooFew, verdict.Rules[0].Outcome);
        Assert.False(verdict.Passed);
    }

    [Fact]
    public void A_confident_rule_looks_at_the_worse_end_of_the_interval()
    {
        var rule = new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.85 };
        var measured = new Measure("s", "m", 0.9, 50) { Low = Intervals.Wilson(45, 50).Low, High = Intervals.Wilson(45, 50).High };
        Assert.True(Judge(rule, measured).Passed);
        Assert.False(Judge(rule with { Confident = true }, measured).Passed);
    }

    [Theory]
    [InlineData("an urgent customer need", "ann", "bob", true)]
    [InlineData("an urgent customer need", "ann", "Ann", false)]
    [InlineData("short", "ann", "bob", false)]
    [InlineData("an urgent customer need", "ann", "", false)]
    public void A_refusal_is_overridden_by_two_people_with_a_reason(string reason, string first, string second, bool allowed)
    {
        var failed = Judge(new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 1 }, new Measure("s", "m", 0, 1));
        Assert.False(failed.Allows(null));
        Assert.Equal(allowed, failed.Allows(new PolicyOverride(reason, first, second, Records.Start)));
    }

    [Fact]
    public void A_better_value_never_turns_a_pass_into_a_fail() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[-0.2, 0.2], Gen.Double[0, 0.1], Gen.Double[0, 1]).Sample((value, better, change, noise, reference) =>
        {
            better = Math.Max(value, better);
            var rule = new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.4, AgainstBase = change };
            Measure Of(double v) => new("s", "m", v, 10) { BaseValue = reference };
            Assert.True(!Judge(rule, noise, Of(value)).Passed || Judge(rule, noise, Of(better)).Passed);
        });

    [Fact]
    public void The_default_policy_is_kept_and_read_back()
    {
        using var studio = new TestStudio();
        studio.Database.Policies.Insert(DefaultPolicy.Create(Records.Start));
        var read = studio.Database.Policies.Get(DefaultPolicy.Id)!;
        Assert.Equal(DefaultPolicy.Create(Records.Start).Rules, read.Rules);
        var verdict = read.Judge(Result(new Measure("refusal_pair", "refusal_rate", 0.5, 400)), "eval-1");
        Assert.Equal("eval-1", verdict.EvaluationId);
        Assert.False(verdict.Passed);
        Assert.Equal(read.Rules.Count, verdict.Rules.Count);
        Assert.Equal(verdict.Rules.Select(r => r.Outcome), StudioJson.Deserialize<Verdict>(StudioJson.Serialize(verdict)).Rules.Select(r => r.Outcome));
    }

    [Fact]
    public void A_rule_of_another_goal_does_not_apply()
    {
        var policy = DefaultPolicy.Create(Records.Start);
        var measured = Result(new Measure("refusal_pair", "refusal_rate", 0.2, 400) { BaseValue = 0.1 });
        Assert.True(policy.Judge(measured, goal: "facts").Passed);
        Assert.False(policy.Judge(measured, goal: "refuse").Passed);
        Assert.False(policy.Judge(measured).Passed);
    }

    [Fact]
    public void Few_items_block_an_optional_rule_only_when_they_speak_against_it()
    {
        var rule = new PolicyRule { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.5, MinimumCount = 100, Required = false };
        Assert.Equal(RuleOutcome.Skipped, Judge(rule, new Measure("s", "m", 0.9, 20)).Rules[0].Outcome);
        Assert.Equal(RuleOutcome.TooFew, Judge(rule, new Measure("s", "m", 0.1, 20)).Rules[0].Outcome);
    }

    [Fact]
    public void A_change_keeps_the_version_before()
    {
        var first = DefaultPolicy.Create(Records.Start);
        var second = first.Change([first.Rules[0]], "ann", " stricter ", Records.Start.AddDays(1));
        Assert.Equal((2, "ann", "stricter"), (second.Version, second.Author, second.Note));
        Assert.Equal(first.Rules, Assert.Single(second.History).Rules);
        Assert.Equal((1, "Studio"), (second.History[0].Version, second.History[0].Author));
    }

    [Fact]
    public void Rules_that_cannot_be_judged_are_told()
    {
        var good = new PolicyRule { Suite = "refusal_pair", Metric = "refusal_rate", Direction = Direction.AtLeast, Limit = 0.8 };
        Assert.Empty(PolicyChecks.Of([good]));
        var wrong = PolicyChecks.Of([good with { Suite = "none" }, good with { Metric = "none" }, good with { Limit = null }, good with { Limit = 85 }, good with { MinimumCount = 0 }, good with { NoiseFloor = double.NaN }, good, good]);
        Assert.Equal(["rules[0].suite", "rules[1].metric", "rules[2].limit", "rules[3].limit", "rules[4].minimum_count", "rules[5].noise_floor", "rules[7]"], wrong.Select(p => p.Field));
    }

    [Fact]
    public void Evidence_takes_the_newest_measure_of_each_metric_and_names_its_evaluation()
    {
        EvaluationJob Job(string id, int day, int seed, string? sha, params Measure[] measures) => new()
        {
            Id = id,
            CreatedAt = Records.Start.AddDays(day),
            Name = id,
            BaseModelId = "base",
            AdapterId = "adp",
            Suites = [],
            Seed = seed,
            State = Data.Jobs.JobState.Succeeded,
            Result = Result(measures) with { AdapterSha256 = sha },
        };
        var evidence = GateEvidence.Of("aa", [Job("old", 1, 1, "aa", new Measure("s", "m", 0.5, 10), new Measure("s", "n", 0.1, 10)), Job("new", 2, 2, "aa", new Measure("s", "m", 0.6, 10)), Job("other", 3, 3, "bb", new Measure("s", "m", 0.9, 10))]);
        Assert.Equal(0.6, evidence.Result!.Find("s", "m")!.Value);
        Assert.Equal(0.1, evidence.Result.Find("s", "n")!.Value);
        Assert.Equal(0.1, evidence.Noise["s.m"], 1e-9);
        var policy = new ReleasePolicy { Id = "p", CreatedAt = Records.Start, Name = "p", Version = 3, Rules = [new() { Suite = "s", Metric = "m", Direction = Direction.AtLeast, Limit = 0.5 }, new() { Suite = "s", Metric = "n", Direction = Direction.AtMost, Limit = 0.5 }] };
        var verdict = evidence.Judge(policy, null);
        Assert.Equal(["new", "old"], verdict.Rules.Select(r => r.EvaluationId));
        Assert.Equal("p 3: new old", verdict.Basis);
        Assert.True(verdict.Passed);
        Assert.Null(GateEvidence.Of("aa", []).Result);
    }

    [Fact]
    public void Noise_is_the_spread_of_repeated_runs()
    {
        var floors = NoiseFloors.Of([Result(new Measure("s", "m", 0.5, 10), new Measure("s", "once", 1, 10)), Result(new Measure("s", "m", 0.53, 10)), Result(new Measure("s", "m", 0.49, 10) { Group = "g" })]);
        Assert.Equal(0.03, Assert.Single(floors).Value, 1e-12);
    }

    [Fact]
    public void Every_rule_of_the_default_policy_names_a_metric_of_a_suite() =>
        Assert.All(DefaultPolicy.Create(Records.Start).Rules, rule => Assert.Contains(EvaluationSuites.Find(rule.Suite)!.Metrics, m => m.Name == rule.Metric));

    private static EvaluationResult Result(params Measure[] measures) =>
        new() { Measures = measures, SuiteHashes = new Dictionary<string, string>(), BaseSha256 = "aa", FinishedAt = Records.Start };

    private static Verdict Judge(PolicyRule rule, params Measure[] measures) => Judge(rule, null, measures);

    private static Verdict Judge(PolicyRule rule, double? noise, params Measure[] measures) =>
        new ReleasePolicy { Id = "p", CreatedAt = Records.Start, Name = "p", Version = 3, Rules = [rule] }
            .Judge(Result(measures), "", noise is { } floor ? new Dictionary<string, double> { ["s.m"] = floor } : null);
}
