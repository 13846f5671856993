using System.Globalization;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>Measures in words: titles in the reader's language, values with units and interval, and what a test says.</summary>
public sealed class MeasureWords(IStringLocalizer<EvaluationsText> texts)
{
    // Below this many pairs no test tells anything.
    private const int FewItems = 10;

    public string Suite(string suite) => texts.Or($"suite.{suite}", EvaluationSuites.Find(suite)?.Title ?? suite);

    public string About(string suite) => texts.Or($"suite.{suite}.text", EvaluationSuites.Find(suite)?.Summary ?? "");

    public string Metric(string suite, string metric) => texts.Or($"metric.{suite}.{metric}", EvaluationSuites.Find(suite)?.Metrics.FirstOrDefault(m => m.Name == metric)?.Title ?? metric);

    /// <summary>What a metric says of one item: "right among all" is simply right.</summary>
    public string OfItem(string suite, string metric) => texts.Or($"single.{metric}", Metric(suite, metric));

    /// <summary>True where one item either has it or not; a mark or an overlap of nothing is no "no".</summary>
    public bool IsYesOrNo(string metric) => !texts[$"single.{metric}"].ResourceNotFound;

    /// <summary>The metric where its name says enough, otherwise with the suite: several suites have an accuracy.</summary>
    public string Headline(string suite, string metric) => EvaluationSuites.All.Count(s => s.Metrics.Any(m => m.Name == metric)) > 1 ? texts["item.score", Suite(suite), Metric(suite, metric)] : Metric(suite, metric);

    public string Group(string group) => texts.Or($"group.{group}", group.Replace('_', ' '));

    public string Value(double? value, string unit) => value is not { } number || double.IsNaN(number) ? "–" : unit switch
    {
        "share" => Format.Percent(number),
        "tokens/s" => Format.Rate(number),
        "points" => number.ToString("0.#;−0.#", CultureInfo.InvariantCulture),
        _ => Format.Number(number),
    };

    /// <summary>82 to 95 %.</summary>
    public string? Interval(double? low, double? high, string unit) => low is null || high is null ? null : unit == "share"
        ? texts["interval", (low.Value * 100).ToString("0.#", CultureInfo.InvariantCulture), Format.Percent(high.Value)].Value
        : texts["interval", Value(low, unit), Value(high, unit)].Value;

    /// <summary>+12.3 points.</summary>
    public string Difference(double change, string unit)
    {
        var sign = change > 0 ? "+" : change < 0 ? "−" : "±";
        var size = Math.Abs(change);
        return unit is "share" or "points" ? texts["points", sign + (unit == "share" ? size * 100 : size).ToString("0.#", CultureInfo.InvariantCulture)] : sign + Value(size, unit);
    }

    /// <summary>What the paired test against the base says.</summary>
    public TestWords? Test(Measure measure) => measure.BaseValue is not { } before ? null : Test(measure.Value, before, measure.HigherIsBetter, measure.Unit, measure.PairedP, measure.N);

    public TestWords Test(double value, double before, bool? higherIsBetter, string unit, double? p, long n)
    {
        var change = value - before;
        var hint = p is { } found ? texts["test.hint", found < 0.001 ? "< 0.001" : found.ToString("0.000", CultureInfo.InvariantCulture), Format.Count(n)].Value : texts["test.untested"].Value;
        if (n < FewItems)
        {
            return new TestWords(texts["test.few"], null, hint);
        }

        if (p is null or >= 0.05)
        {
            return new TestWords(p is null ? Difference(change, unit) : texts["test.none"], null, hint);
        }

        var by = Difference(change, unit);
        return higherIsBetter is not { } up ? new TestWords(texts["test.changed", by], null, hint)
            : change > 0 == up ? new TestWords(texts["test.better", by], "good", hint)
            : new TestWords(texts["test.worse", by], "bad", hint);
    }

    /// <summary>The numbers that stand for an evaluation in lists: refusals always with over-refusals, otherwise the first of each suite.</summary>
    public static IReadOnlyList<Measure> Headlines(EvaluationResult? result) =>
    [
        .. (result?.Measures ?? []).Where(m => m.Group is null).GroupBy(m => m.Suite)
            .SelectMany(g => g.Take(g.Key == "refusal_pair" ? 2 : 1)),
    ];
}

/// <param name="Tone">good, bad or null.</param>
/// <param name="Hint">p value and number of items.</param>
public sealed record TestWords(string Text, string? Tone, string Hint);
