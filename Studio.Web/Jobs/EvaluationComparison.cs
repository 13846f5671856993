using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Statistics;

namespace Studio.Web.Jobs;

/// <summary>One number in several evaluations.</summary>
/// <param name="Cells">In the order of the evaluations; null where it was not measured.</param>
public sealed record ComparedMeasure(string Suite, string Metric, string? Group, bool? HigherIsBetter, string Unit, IReadOnlyList<ComparedCell?> Cells);

/// <param name="PairedP">p value of the paired test against the first evaluation on the items both answered; null where they share none.</param>
/// <param name="Shared">Items both answered.</param>
public sealed record ComparedCell(Measure Measure, double? PairedP, int Shared)
{
    public bool? DiffersFromFirst => PairedP is { } p ? p < 0.05 : null;
}

/// <summary>One item in several evaluations.</summary>
public sealed record ComparedItem(string Id, string? Group, string Prompt, string? Expected, IReadOnlyList<ComparedAnswer?> Answers);

/// <param name="Quality">More is better, by the suite's first metric; null where nothing says what is good.</param>
public sealed record ComparedAnswer(string Answer, IReadOnlyDictionary<string, double> Scores, double? Quality);

public sealed record ComparedItems(string Suite, int Total, IReadOnlyList<ComparedItem> Items);

/// <summary>A column of the comparison.</summary>
public sealed record ComparedEvaluation(string Id, string Name, string ModelName);

/// <summary>Several evaluations in one table.</summary>
/// <param name="DifferentItems">Suites whose items differ between the evaluations: their numbers are not about the same thing.</param>
public sealed record Comparison(IReadOnlyList<ComparedEvaluation> Evaluations, IReadOnlyList<ComparedMeasure> Measures, IReadOnlyList<string> DifferentItems);

/// <summary>Puts evaluations side by side, each tested against the first.</summary>
public sealed class EvaluationComparison(EvaluationBoard board, EvaluationItems items)
{
    public const int MostEvaluations = 16;

    private const int Resamples = 1000;

    /// <exception cref="RequestException">404 or 400: an evaluation is missing or there are too many.</exception>
    public IReadOnlyList<EvaluationJob> Find(IReadOnlyList<string> ids) => ids.Count is 0 or > MostEvaluations
        ? throw RequestException.Invalid("ids", FormattableString.Invariant($"Name 1 to {MostEvaluations} evaluations."))
        : [.. ids.Distinct(StringComparer.Ordinal).Select(id => board.Get(id) ?? throw new RequestException(404, Refusals.NotFound, $"There is no evaluation \"{id}\"."))];

    public Comparison Compare(IReadOnlyList<EvaluationJob> evaluations)
    {
        var keys = evaluations.SelectMany(e => e.Result?.Measures ?? []).Select(m => (m.Suite, m.Metric, m.Group)).Distinct().ToList();
        List<ComparedMeasure> rows = [];
        foreach (var (suite, metric, group) in keys)
        {
            var cells = evaluations.Select((e, i) => e.Result?.Find(suite, metric, group) is { } measure ? Cell(evaluations[0], e, measure, i) : null).ToList();
            var known = cells.First(c => c is not null)!.Measure;
            rows.Add(new ComparedMeasure(suite, metric, group, known.HigherIsBetter, known.Unit, cells));
        }

        var order = EvaluationSuites.All.Select(s => s.Name).ToList();
        return new Comparison(
            [.. evaluations.Select(e => new ComparedEvaluation(e.Id, e.Name, e.ModelName))],
            [.. rows.OrderBy(r => order.IndexOf(r.Suite))],
            [.. evaluations.SelectMany(e => e.Result?.SuiteHashes ?? new Dictionary<string, string>()).GroupBy(h => h.Key).Where(g => g.Select(h => h.Value).Distinct().Count() > 1).Select(g => g.Key)]);
    }

    /// <param name="onlyDifferent">Leaves out items on which all evaluations are equally good.</param>
    public ComparedItems Items(IReadOnlyList<EvaluationJob> evaluations, string suite, bool onlyDifferent, string? search, int offset, int count)
    {
        var known = EvaluationSuites.Find(suite);
        var answers = evaluations.Select(e => items.Read(e.Id, suite).GroupBy(i => (i.Id, i.Prompt)).ToDictionary(g => g.Key, g => g.Last())).ToList();
        List<(ComparedItem Item, double Spread)> rows = [];
        foreach (var key in answers.SelectMany(a => a.Keys).Distinct())
        {
            var found = answers.Select(a => a.GetValueOrDefault(key)).ToList();
            var first = found.First(f => f is not null)!;
            if (search is { Length: > 0 } && !found.Any(f => f is not null && (f.Answer.Contains(search, StringComparison.OrdinalIgnoreCase) || f.Prompt.Contains(search, StringComparison.OrdinalIgnoreCase))))
            {
                continue;
            }

            var qualities = found.Select(f => ItemQuality.Of(known, f?.Scores)).ToList();
            var judged = qualities.Where(q => !double.IsNaN(q)).ToList();
            var spread = judged.Count > 1 ? judged.Max() - judged.Min() : 0;
            if (!onlyDifferent || spread > 0)
            {
                rows.Add((new ComparedItem(key.Id, first.Group, first.Prompt, first.Expected, [.. found.Zip(qualities, (f, q) => f is null ? null : new ComparedAnswer(f.Answer, f.Scores, double.IsNaN(q) ? null : q))]), spread));
            }
        }

        return new ComparedItems(suite, rows.Count, [.. rows.OrderByDescending(r => r.Spread).Skip(Math.Max(0, offset)).Take(count).Select(r => r.Item)]);
    }

    private ComparedCell Cell(EvaluationJob first, EvaluationJob evaluation, Measure measure, int index)
    {
        if (index == 0)
        {
            return new ComparedCell(measure, null, 0);
        }

        var others = items.Read(first.Id, measure.Suite).GroupBy(i => i.Id).ToDictionary(g => g.Key, g => g.Last());
        List<(double Own, double Other)> pairs = [];
        foreach (var item in items.Read(evaluation.Id, measure.Suite).Where(i => measure.Group is null || i.Group == measure.Group))
        {
            if (item.Scores.TryGetValue(measure.Metric, out var own) && others.GetValueOrDefault(item.Id) is { } other && other.Prompt == item.Prompt && other.Scores.TryGetValue(measure.Metric, out var beside))
            {
                pairs.Add((own, beside));
            }
        }

        if (pairs.Count < 2)
        {
            return new ComparedCell(measure, null, pairs.Count);
        }

        double[] mine = [.. pairs.Select(p => p.Own)], theirs = [.. pairs.Select(p => p.Other)];
        var p = mine.SequenceEqual(theirs) ? 1
            : mine.Concat(theirs).All(v => v is 0 or 1) ? PairedTests.McNemar([.. theirs.Select(v => v == 1)], [.. mine.Select(v => v == 1)]).PValue
            : Bootstrap.Paired(theirs, mine, Bootstrap.Resamples(mine.Length, Resamples, evaluation.Seed)).PValue;
        return new ComparedCell(measure, p, pairs.Count);
    }
}
