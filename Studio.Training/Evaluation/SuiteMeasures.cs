using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Statistics;

namespace Studio.Training.Evaluation;

/// <summary>
/// Turns answered items into numbers: means with Wilson intervals and McNemar's test where items are yes or no, the bootstrap elsewhere; over all items and per group.
/// </summary>
public static class SuiteMeasures
{
    private const int Resamples = 1000;

    public static IReadOnlyList<Measure> Of(SuiteRunner runner, IReadOnlyList<EvaluatedItem> items, int seed)
    {
        if (items.Count == 0)
        {
            return [];
        }

        List<Measure> measures = [];
        var groups = items.SelectMany(i => Groups(i.Group).Select(g => (Group: g, Item: i))).GroupBy(p => p.Group, p => p.Item).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        foreach (var metric in runner.Suite.Metrics)
        {
            measures.AddRange(One(runner, metric, null, items, seed));
            if (groups.Count > 1)
            {
                measures.AddRange(groups.SelectMany(g => One(runner, metric, g.Key, [.. g], seed)));
            }
        }

        return measures;
    }

    /// <summary>A group and, of <c>category/subject</c>, the category.</summary>
    private static IEnumerable<string> Groups(string? group) => group is null ? [] : group.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? [group[..slash], group] : [group];

    private static IEnumerable<Measure> One(SuiteRunner runner, SuiteMetric metric, string? group, IReadOnlyList<EvaluatedItem> items, int seed)
    {
        var measure = runner.Aggregates.FirstOrDefault(a => a.Metric == metric.Name) is { } aggregate ? Whole(runner.Name, aggregate, items, seed) : Mean(runner.Name, metric.Name, items, seed);
        return measure is null ? [] : [measure with { Group = group, HigherIsBetter = metric.HigherIsBetter, Unit = metric.Unit }];
    }

    private static Measure? Mean(string suite, string metric, IReadOnlyList<EvaluatedItem> items, int seed)
    {
        var scored = items.Where(i => i.Scores.ContainsKey(metric)).ToList();
        if (scored.Count == 0)
        {
            return null;
        }

        double[] own = [.. scored.Select(i => i.Scores[metric])];
        var paired = scored.TrueForAll(i => i.BaseScores?.ContainsKey(metric) == true);
        double[] other = paired ? [.. scored.Select(i => i.BaseScores![metric])] : [];
        var measure = new Measure(suite, metric, own.Average(), own.Length);
        if (own.Concat(other).All(v => v is 0 or 1))
        {
            var interval = Intervals.Wilson(own.Count(v => v == 1), own.Length);
            measure = measure with { Low = interval.Low, High = interval.High };
            if (paired)
            {
                var beside = Intervals.Wilson(other.Count(v => v == 1), other.Length);
                measure = measure with { BaseValue = other.Average(), BaseLow = beside.Low, BaseHigh = beside.High, PairedP = PairedTests.McNemar([.. other.Select(v => v == 1)], [.. own.Select(v => v == 1)]).PValue };
            }

            return measure;
        }

        if (own.Length < 2)
        {
            return paired ? measure with { BaseValue = other.Average() } : measure;
        }

        var rows = Bootstrap.Resamples(own.Length, Resamples, seed);
        var around = Bootstrap.Percentile(own, rows);
        measure = measure with { Low = around.Low, High = around.High };
        if (paired)
        {
            var beside = Bootstrap.Percentile(other, rows);
            measure = measure with { BaseValue = other.Average(), BaseLow = beside.Low, BaseHigh = beside.High, PairedP = own.SequenceEqual(other) ? 1 : Bootstrap.Paired(other, own, rows).PValue };
        }

        return measure;
    }

    private static Measure? Whole(string suite, SuiteAggregate aggregate, IReadOnlyList<EvaluatedItem> items, int seed)
    {
        List<ItemOutcome> own = [.. items.Select(i => new ItemOutcome(i.Expected, i.Answer, i.Scores, i.Group))];
        var paired = items.All(i => i.BaseScores is not null);
        List<ItemOutcome> other = paired ? [.. items.Select(i => new ItemOutcome(i.Expected, i.BaseAnswer ?? "", i.BaseScores!, i.Group))] : [];
        var value = aggregate.Of(own);
        if (double.IsNaN(value))
        {
            return null;
        }

        var measure = new Measure(suite, aggregate.Metric, value, items.Count);
        if (items.Count < 2)
        {
            return paired ? measure with { BaseValue = aggregate.Of(other) } : measure;
        }

        List<(double Own, double Other)> draws = [];
        foreach (var row in Bootstrap.Resamples(items.Count, aggregate.Resamples, seed))
        {
            var drawn = (aggregate.Of([.. row.Select(i => own[i])]), paired ? aggregate.Of([.. row.Select(i => other[i])]) : 0);
            if (!double.IsNaN(drawn.Item1) && !double.IsNaN(drawn.Item2))
            {
                draws.Add(drawn);
            }
        }

        if (draws.Count == 0)
        {
            return measure;
        }

        var around = Interval(draws.Select(d => d.Own));
        measure = measure with { Low = around.Low, High = around.High };
        if (!paired)
        {
            return measure;
        }

        // The paired bootstrap test of Bootstrap.Paired, for a number that is no mean.
        var baseValue = aggregate.Of(other);
        var beside = Interval(draws.Select(d => d.Other));
        var differences = draws.Select(d => Math.Abs(d.Own - d.Other)).ToList();
        var centre = differences.Average();
        var observed = Math.Abs(value - baseValue);
        var p = differences.TrueForAll(d => d == 0) ? 1 : (1.0 + differences.Count(d => d - centre > observed)) / (draws.Count + 1.0);
        return measure with { BaseValue = baseValue, BaseLow = beside.Low, BaseHigh = beside.High, PairedP = p };
    }

    private static Interval Interval(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Interval(Bootstrap.Quantile(sorted, 0.025), Bootstrap.Quantile(sorted, 0.975));
    }
}
