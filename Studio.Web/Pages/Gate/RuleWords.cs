using System.Globalization;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Gate;

/// <summary>Rules and their numbers in words.</summary>
internal static class RuleWords
{
    public static string Suite(string suite, IStringLocalizer<SuiteText> names) => names.Or($"suite.{suite}", EvaluationSuites.Find(suite)?.Title ?? suite);

    public static string Metric(string suite, string metric, IStringLocalizer<SuiteText> names) =>
        names.Or($"metric.{suite}.{metric}", EvaluationSuites.Find(suite)?.Metrics.FirstOrDefault(m => m.Name == metric)?.Title ?? metric);

    /// <summary>share, points, nats, ...</summary>
    public static string Unit(PolicyRule rule) => EvaluationSuites.Find(rule.Suite)?.Metrics.FirstOrDefault(m => m.Name == rule.Metric)?.Unit ?? "share";

    public static string Value(double? value, string unit) => value is not { } number ? "–" : unit == "share" ? Format.Percent(number) : Format.Number(number);

    /// <summary>A difference of two values: points for shares.</summary>
    public static string Difference(double value, string unit, IStringLocalizer<GateText> l) =>
        unit == "share" ? l["points", Math.Round(value * 100, 2).ToString(CultureInfo.InvariantCulture)] : Format.Number(value);

    /// <summary>What a rule asks for, without what it is about.</summary>
    public static IEnumerable<string> Demands(PolicyRule rule, IStringLocalizer<GateText> l)
    {
        var unit = Unit(rule);
        if (rule.Limit is { } limit)
        {
            var demand = l[rule.Direction == Direction.AtLeast ? "demand.atleast" : "demand.atmost", Value(limit, unit)];
            yield return rule.Confident ? $"{demand} ({l["demand.confident"]})" : demand;
        }

        if (rule.AgainstBase is { } change)
        {
            yield return change == 0 ? l["demand.base.same"] : change < 0 ? l["demand.base.worse", Difference(-change, unit, l)] : l["demand.base.better", Difference(change, unit, l)];
        }
    }

    /// <summary>The limits a value was held against: "≥ 85 %", "≥ 58 %".</summary>
    public static IEnumerable<string> Needed(RuleVerdict verdict)
    {
        var (unit, sign) = (Unit(verdict.Rule), verdict.Rule.Direction == Direction.AtLeast ? "≥" : "≤");
        if ((verdict.Needed ?? verdict.Rule.Limit) is { } limit)
        {
            yield return $"{sign} {Value(limit, unit)}";
        }

        if (verdict.NeededAgainstBase is { } against)
        {
            yield return $"{sign} {Value(against, unit)}";
        }
    }

    public static (string Word, Tone Tone) Outcome(RuleVerdict verdict, string? goal, IStringLocalizer<GateText> l) => verdict.Outcome switch
    {
        RuleOutcome.Passed => (l["outcome.passed"], Tone.Good),
        RuleOutcome.Failed => (l["outcome.failed"], Tone.Bad),
        RuleOutcome.TooFew => (l["outcome.toofew"], Tone.Bad),
        RuleOutcome.NotMeasured => (l["outcome.notmeasured"], Tone.Bad),
        _ when !verdict.Rule.AppliesTo(goal) => (l["outcome.othergoal"], Tone.Neutral),
        _ when verdict.Count > 0 && verdict.Count < verdict.Rule.MinimumCount => (l["outcome.fewitems"], Tone.Neutral),
        _ => (l["outcome.skipped"], Tone.Neutral),
    };
}
