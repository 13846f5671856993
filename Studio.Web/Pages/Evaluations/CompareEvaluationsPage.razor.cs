using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>Any number of evaluations in one table, each tested against the first, down to the single item.</summary>
public sealed partial class CompareEvaluationsPage
{
    private const int PageSize = 20;

    private IReadOnlyList<EvaluationJob> chosen = [];
    private IReadOnlyList<EvaluationJob> others = [];
    private IReadOnlyList<string> suites = [];
    private Comparison comparison = new([], [], []);
    private ComparedItems items = new("", 0, []);
    private MeasureWords words = null!;
    private bool groups;
    private bool onlyDifferent = true;

    [SupplyParameterFromQuery]
    public string? Ids { get; set; }

    [SupplyParameterFromQuery]
    public string? Suite { get; set; }

    [SupplyParameterFromQuery]
    public int From { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private EvaluationComparison Comparer { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/evaluations")];

    // A suite that more than one of them has is worth looking at first.
    private string Shown => suites.Contains(Suite, StringComparer.Ordinal) ? Suite! : suites.OrderByDescending(s => chosen.Count(c => c.Suites.Any(use => use.Suite == s))).FirstOrDefault() ?? "";

    protected override void OnInitialized()
    {
        words = new MeasureWords(L);
        Follow(Database.Evaluations, id => chosen.Any(c => c.Id == id));
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        chosen = [.. (Ids ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Select(Database.Evaluations.Get).OfType<EvaluationJob>().Take(EvaluationComparison.MostEvaluations)];
        others = Database.Evaluations.List(e => e.State == JobState.Succeeded && chosen.All(c => c.Id != e.Id), limit: 100);
        if (chosen.Count < 2)
        {
            return Task.CompletedTask;
        }

        comparison = Comparer.Compare(chosen);
        suites = [.. chosen.SelectMany(c => c.Suites.Select(s => s.Suite)).Distinct(StringComparer.Ordinal)];
        From = Math.Max(0, From);
        items = Comparer.Items(chosen, Shown, onlyDifferent, null, From, PageSize);
        return Task.CompletedTask;
    }

    private string Label(int index) => chosen.Where((e, i) => i != index && e.Name == chosen[index].Name).Any() ? FormattableString.Invariant($"{chosen[index].Name} ({index + 1})") : chosen[index].Name;

    private string Scores(ComparedAnswer answer) => string.Join(" · ", answer.Scores.Take(2).Select(s => L["item.score", words.Metric(Shown, s.Key), words.Value(s.Value, EvaluationSuites.Find(Shown)?.Metrics.FirstOrDefault(m => m.Name == s.Key)?.Unit ?? "share")].Value));

    private void Choose(IEnumerable<string> ids) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("ids", string.Join(',', ids.Where(i => i.Length > 0))));

    private void Show(string? suite, int from) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["suite"] = suite, ["from"] = from == 0 ? null : from }), replace: true);
}
