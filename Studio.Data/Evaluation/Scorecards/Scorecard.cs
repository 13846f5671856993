using System.Globalization;

namespace Studio.Data.Evaluation.Scorecards;

/// <summary>An evaluation that a card draws on.</summary>
public sealed record ScoredEvaluation(string EvaluationId, EvaluationResult Result);

/// <summary>A filled-in scorecard: every item with its number, and where it comes from.</summary>
public sealed record Scorecard
{
    public required string Name { get; init; }

    public required int Version { get; init; }

    public required LocalizedText Title { get; init; }

    public required IReadOnlyList<ScoredArea> Areas { get; init; }

    public IEnumerable<ScoredItem> Items => Areas.SelectMany(a => a.Dimensions).SelectMany(d => d.Items);

    public int Measured => Items.Count(i => i.IsMeasured);

    /// <summary>Fills in a card.</summary>
    /// <param name="results">Evaluations of the model the card is about, newest first; the first that has a number gives it.</param>
    /// <param name="before">Evaluations of what it is compared with, newest first; used where a result brings no number of the base itself and both asked the same items.</param>
    public static Scorecard Of(ScorecardMap map, IReadOnlyList<ScoredEvaluation> results, EvidenceSources evidence, IReadOnlyList<ScoredEvaluation>? before = null) => new()
    {
        Name = map.Name,
        Version = map.Version,
        Title = map.Title,
        Areas = [.. map.Areas.Select(area => new ScoredArea(area.Name, area.Title, [.. area.Dimensions.Select(d => new ScoredDimension(d.Name, d.Title, [.. d.Items.Select(i => Fill(i, results, evidence, before ?? []))]))]))],
    };

    private static ScoredItem Fill(ScorecardItem item, IReadOnlyList<ScoredEvaluation> results, EvidenceSources evidence, IReadOnlyList<ScoredEvaluation> before)
    {
        var empty = new ScoredItem { Item = item };
        if (item.Evidence is { } name)
        {
            var found = EvidenceRules.Find(name)?.Count(evidence) ?? default;
            return found.Total == 0 ? empty : empty with
            {
                Value = found.Value,
                Score = item.Score(found.Value),
                Count = found.Total,
                Note = item.Note is { } note ? new LocalizedText(Format(note.En), Format(note.Zh)) : null,
            };

            string Format(string text) => string.Format(CultureInfo.InvariantCulture, text, found.Met, found.Total);
        }

        foreach (var (id, result) in results)
        {
            if (result.Find(item.Suite!, item.Metric!, item.Group) is not { } measure || !double.IsFinite(measure.Value))
            {
                continue;
            }

            var own = empty with
            {
                Value = measure.Value,
                Low = measure.Low,
                High = measure.High,
                Score = item.Score(measure.Value),
                Count = measure.N,
                Unit = measure.Unit,
                EvaluationId = id,
                BaseValue = measure.BaseValue,
                BaseLow = measure.BaseLow,
                BaseHigh = measure.BaseHigh,
                PairedP = measure.PairedP,
            };
            if (measure.BaseValue is null && before.FirstOrDefault(b => SameItems(b.Result, result, item.Suite!) && b.Result.Find(item.Suite!, item.Metric!, item.Group) is not null) is { } other)
            {
                var reference = other.Result.Find(item.Suite!, item.Metric!, item.Group)!;
                own = own with { BaseValue = reference.Value, BaseLow = reference.Low, BaseHigh = reference.High };
            }

            return own.BaseValue is { } value && double.IsFinite(value) ? own with { BaseScore = item.Score(value) } : own;
        }

        return empty;
    }

    private static bool SameItems(EvaluationResult a, EvaluationResult b, string suite) =>
        a.SuiteHashes.TryGetValue(suite, out var first) && b.SuiteHashes.TryGetValue(suite, out var second) && first == second;
}

public sealed record ScoredArea(string Name, LocalizedText Title, IReadOnlyList<ScoredDimension> Dimensions);

/// <summary>A spoke of the radar.</summary>
public sealed record ScoredDimension(string Name, LocalizedText Title, IReadOnlyList<ScoredItem> Items)
{
    /// <summary>Mean over the measured items, 0 to 1; null when none is.</summary>
    public double? Score => Mean(Items.Where(i => i.IsMeasured).Select(i => i.Score!.Value));

    /// <summary>
    /// The same for the base, over the same items; an item without a base counts with its own score, so that the two differ only by what was compared. Null when no item has a base.
    /// </summary>
    public double? BaseScore => Items.Any(i => i.BaseScore is not null) ? Mean(Items.Where(i => i.IsMeasured).Select(i => i.BaseScore ?? i.Score!.Value)) : null;

    public int Measured => Items.Count(i => i.IsMeasured);

    private static double? Mean(IEnumerable<double> values) => values.ToList() is { Count: > 0 } all ? all.Average() : null;
}

/// <summary>An item with what was found.</summary>
public sealed record ScoredItem
{
    public required ScorecardItem Item { get; init; }

    public bool IsMeasured => Score is not null;

    /// <summary>The number in the unit of its metric; shares are 0 to 1.</summary>
    public double? Value { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>The number made comparable: 0 worst, 1 best.</summary>
    public double? Score { get; init; }

    /// <summary>Items or records behind the number.</summary>
    public long Count { get; init; }

    public string Unit { get; init; } = "share";

    public string? EvaluationId { get; init; }

    public double? BaseValue { get; init; }

    public double? BaseLow { get; init; }

    public double? BaseHigh { get; init; }

    public double? BaseScore { get; init; }

    public double? PairedP { get; init; }

    /// <summary>True when better than before by the paired test, false when worse, null when no difference is shown or nothing was compared.</summary>
    public bool? Improved => PairedP < 0.05 && Score is { } own && BaseScore is { } other && own != other ? own > other : null;

    /// <summary>What the evidence says.</summary>
    public LocalizedText? Note { get; init; }
}
