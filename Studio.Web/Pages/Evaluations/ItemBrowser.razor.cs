using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>All answered items of an evaluation, those that lost most first; what is chosen is in the address.</summary>
public sealed partial class ItemBrowser
{
    private const int PageSize = 20;

    private MeasureWords words = null!;
    private ItemPage page = new("", 0, []);
    private IReadOnlyList<string> groups = [];
    private bool compared;

    [Parameter, EditorRequired]
    public EvaluationJob Evaluation { get; set; } = null!;

    [SupplyParameterFromQuery]
    public string? Suite { get; set; }

    [SupplyParameterFromQuery]
    public string? Group { get; set; }

    [SupplyParameterFromQuery]
    public string? Filter { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public int From { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private EvaluationItems Items { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private string Shown => Evaluation.Suites.FirstOrDefault(s => s.Suite == Suite)?.Suite ?? Evaluation.Suites[0].Suite;

    private ItemFilter Chosen => Enum.TryParse<ItemFilter>(Filter, ignoreCase: true, out var filter) ? filter : ItemFilter.All;

    protected override void OnInitialized() => words = new MeasureWords(L);

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        var items = Items.Read(Evaluation.Id, Shown);
        groups = [.. items.Select(i => i.Group).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        compared = items.Any(i => i.BaseScores is not null);
        From = Math.Max(0, From);
        page = Items.Page(Evaluation.Id, new ItemQuery(Shown) { Filter = Chosen, Group = string.IsNullOrEmpty(Group) ? null : Group, Search = Find, Offset = From, Count = PageSize });
        return Task.CompletedTask;
    }

    private void Go(string? suite = null, string? group = null, ItemFilter? filter = null, string? find = null, int from = 0)
    {
        static string? Kept(string? value) => string.IsNullOrEmpty(value) ? null : value;
        var chosen = filter ?? Chosen;
        Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
            {
                ["suite"] = suite ?? Suite,
                ["group"] = suite is null ? Kept(group ?? Group) : null,
                ["filter"] = chosen == ItemFilter.All ? null : chosen.ToString().ToLowerInvariant(),
                ["q"] = Kept(find ?? Find),
                ["from"] = from == 0 ? null : from,
            }),
            replace: true);
    }
}
