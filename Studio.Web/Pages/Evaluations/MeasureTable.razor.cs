using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>The measures of a result, suite by suite: value with interval, base beside it, the paired test in words, and the same by category.</summary>
public sealed partial class MeasureTable
{
    private const int MostGroupMetrics = 4;

    private MeasureWords words = null!;
    private IReadOnlyList<Shown> suites = [];

    [Parameter, EditorRequired]
    public EvaluationResult Result { get; set; } = null!;

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    protected override void OnParametersSet()
    {
        words = new MeasureWords(L);
        suites = [.. Result.Measures.GroupBy(m => m.Suite).Select(g =>
        {
            List<Measure> whole = [.. g.Where(m => m.Group is null)];
            var groups = g.Select(m => m.Group).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
            List<string> metrics = [.. whole.Select(m => m.Metric).Where(metric => g.Any(m => m.Group is not null && m.Metric == metric)).Take(MostGroupMetrics)];
            return new Shown(g.Key, whole, whole.Count == 0 ? 0 : whole.Max(m => m.N), whole.Exists(m => m.BaseValue is not null), groups, metrics);
        })];
    }

    private string Note(Measure measure) => measure.HigherIsBetter switch
    {
        true => L["note.more", Format.Count(measure.N)],
        false => L["note.less", Format.Count(measure.N)],
        _ => L["note.neither", Format.Count(measure.N)],
    };

    private string Spoken(Measure measure) =>
        measure.BaseValue is { } before
            ? L["range.base", words.Value(measure.Value, measure.Unit), words.Interval(measure.Low, measure.High, measure.Unit) ?? "–", words.Value(before, measure.Unit)]
            : L["range.alone", words.Value(measure.Value, measure.Unit), words.Interval(measure.Low, measure.High, measure.Unit) ?? "–"];

    private sealed record Shown(string Name, IReadOnlyList<Measure> Measures, long Items, bool HasBase, IReadOnlyList<string> Groups, IReadOnlyList<string> GroupMetrics);
}
