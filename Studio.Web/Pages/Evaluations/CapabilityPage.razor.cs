using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Scorecards;
using Studio.Data.Registry;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Registry;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>The card of 66 items: what a model can do and how well its development is kept, before and after, with a report to print.</summary>
public sealed partial class CapabilityPage
{
    private CapabilityCard? card;
    private IReadOnlyList<(string Key, string Name)> models = [];
    private IReadOnlyList<string> open = [];
    private MeasureWords words = null!;
    private string chosen = "";

    [SupplyParameterFromQuery]
    public string? Adapter { get; set; }

    [SupplyParameterFromQuery]
    public string? Base { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private CapabilityCards Cards { get; set; } = null!;

    private static string Language => CultureInfo.CurrentUICulture.Name;

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/evaluations")];

    private string Report => $"/api/evaluations/capability/report?{(chosen.StartsWith("adp-", StringComparison.Ordinal) ? "adapter_id" : "base_model_id")}={chosen}&language={Language}";

    private string Measure => $"/evaluations/new?{(chosen.StartsWith("adp-", StringComparison.Ordinal) ? "adapter" : "base")}={chosen}&suites={string.Join(',', open)}";

    protected override async Task OnInitializedAsync()
    {
        words = new MeasureWords(L);
        await base.OnInitializedAsync();
        Follow(Database.Evaluations);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        var adapters = Database.Adapters.List(a => a.Kind != AdapterLibrary.Reward);
        var bases = Database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false);
        models = [.. adapters.Select(a => (a.Id, string.Create(CultureInfo.InvariantCulture, $"{a.Name} v{a.Version}"))), .. bases.Select(m => (m.Id, m.Name))];
        var known = models.Select(m => m.Key).ToList();
        chosen = known.Contains(Adapter ?? "") ? Adapter! : known.Contains(Base ?? "") ? Base!
            : adapters.FirstOrDefault(a => Database.Evaluations.List(e => e.AdapterId == a.Id && e.Result is not null, limit: 1).Count > 0)?.Id ?? known.FirstOrDefault() ?? "";
        var outcome = chosen.Length == 0 ? null : adapters.Any(a => a.Id == chosen) ? Cards.Of(chosen, null) : Cards.Of(null, chosen);
        card = outcome is { Succeeded: true } ? outcome.Value : null;
        open = card is null ? [] : [.. card.Card.Items.Where(i => !i.IsMeasured && i.Item.Suite is { } suite && EvaluationSuites.Find(suite) is { HasItems: true }).Select(i => i.Item.Suite!).Distinct(StringComparer.Ordinal)];
        return Task.CompletedTask;
    }

    private void Choose(string? key)
    {
        var adapter = key?.StartsWith("adp-", StringComparison.Ordinal) == true;
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["adapter"] = adapter ? key : null, ["base"] = adapter ? null : key }));
    }

    private static string Score(double score) => (score * 100).ToString("0", CultureInfo.InvariantCulture);

    private string By(ScoredItem item) => item.Item.Suite is { } suite
        ? words.Suite(suite) + (item.Item.Group is { } group ? " · " + words.Group(group) : "")
        : item.Note?.In(Language) ?? L["capability.records"];

    private TestWords? Test(ScoredItem item)
    {
        if (item is not { Value: { } value, BaseValue: { } before })
        {
            return null;
        }

        var direction = EvaluationSuites.Find(item.Item.Suite ?? "")?.Metrics.FirstOrDefault(m => m.Name == item.Item.Metric)?.HigherIsBetter;
        return words.Test(value, before, direction, item.Unit, item.PairedP, item.Count);
    }
}
