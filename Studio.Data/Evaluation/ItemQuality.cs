namespace Studio.Data.Evaluation;

/// <summary>How good the answer to one item is, on one scale for all suites: the first metric that says so, turned so that more is better.</summary>
public static class ItemQuality
{
    /// <summary>The metric of the suite that an item is judged by; null where none of its scores has a direction.</summary>
    public static SuiteMetric? Metric(EvaluationSuite? suite, IReadOnlyDictionary<string, double> scores) =>
        suite?.Metrics.FirstOrDefault(m => m.HigherIsBetter is not null && scores.ContainsKey(m.Name));

    /// <summary>More is better; NaN where nothing says what is good.</summary>
    public static double Of(EvaluationSuite? suite, IReadOnlyDictionary<string, double>? scores) =>
        scores is not null && Metric(suite, scores) is { } metric ? (metric.HigherIsBetter == true ? scores[metric.Name] : -scores[metric.Name]) : double.NaN;

    /// <summary>Above 0: better than the base; below: worse; 0 where they are alike or there is no base.</summary>
    public static double Change(EvaluationSuite? suite, EvaluatedItem item)
    {
        var change = Of(suite, item.Scores) - Of(suite, item.BaseScores);
        return double.IsNaN(change) ? 0 : change;
    }
}
