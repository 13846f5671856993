using System.Globalization;
using System.Text;

namespace Studio.Data.Evaluation;

/// <summary>Measures as a Markdown table: before, after, number of items, intervals and the paired test.</summary>
public static class EffectTable
{
    /// <param name="groups">True adds a line per category or language.</param>
    public static string Markdown(IEnumerable<Measure> measures, bool groups = false)
    {
        var table = new StringBuilder("| suite | metric | base | after | n | p |\n|---|---|---|---|---|---|\n");
        foreach (var measure in measures.Where(m => groups || m.Group is null))
        {
            var suite = EvaluationSuites.Find(measure.Suite);
            var metric = suite?.Metrics.FirstOrDefault(m => m.Name == measure.Metric)?.Title ?? measure.Metric;
            var name = measure.Group is { } group ? $"{metric}, {group}" : metric;
            table.Append(CultureInfo.InvariantCulture, $"| {suite?.Title ?? measure.Suite} | {name} | {Value(measure.Unit, measure.BaseValue, measure.BaseLow, measure.BaseHigh)} | {Value(measure.Unit, measure.Value, measure.Low, measure.High)} | {measure.N} | {Chance(measure.PairedP)} |\n");
        }

        return table.ToString();
    }

    private static string Value(string unit, double? value, double? low, double? high)
    {
        if (value is not { } number)
        {
            return "";
        }

        var text = Number(unit, number);
        return low is { } from && high is { } to ? $"{text} ({Number(unit, from)} to {Number(unit, to)})" : text;
    }

    private static string Number(string unit, double value) => unit switch
    {
        "share" => string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %"),
        "points" or "tokens" => string.Create(CultureInfo.InvariantCulture, $"{value:0.0}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.00}"),
    };

    private static string Chance(double? p) => p switch
    {
        null => "",
        < 0.001 => "< 0.001",
        { } chance => string.Create(CultureInfo.InvariantCulture, $"{chance:0.000}"),
    };
}
