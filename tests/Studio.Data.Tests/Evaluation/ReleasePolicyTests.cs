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
        Assert.Equal(5, verdict.Rules.Count);
        Assert.Equal(verdict.Rules.Select(r => r.Outcome), StudioJson.Deserialize<Verdict>(StudioJson.Serialize(verdict)).Rules.Select(r => r.Outcome));
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
