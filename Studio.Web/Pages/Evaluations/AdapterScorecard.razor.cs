using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>The newest evaluation of an adapter, before and after.</summary>
public sealed partial class AdapterScorecard
{
    private const int WorstItems = 4;

    private EvaluationJob? newest;
    private EvaluationJob? running;
    private IReadOnlyList<(string Suite, ItemRow Row)> worst = [];
    private int count;

    [Parameter, EditorRequired]
    public Adapter Adapter { get; set; } = null!;

    [Parameter]
    public bool CanTrain { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private EvaluationBoard Board { get; set; } = null!;

    [Inject]
    private EvaluationItems Items { get; set; } = null!;

    protected override void OnInitialized() => Follow(Database.Evaluations);

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        newest = Board.Newest(Adapter.Id);
        running = Database.Evaluations.List(e => e.AdapterId == Adapter.Id && !e.State.IsFinal(), limit: 1).FirstOrDefault();
        count = Database.Evaluations.List(e => e.AdapterId == Adapter.Id && e.Result is not null).Count;
        worst = newest is null ? [] : [.. newest.Suites.SelectMany(s => Items.Page(newest.Id, new ItemQuery(s.Suite) { Filter = ItemFilter.Worse, Count = WorstItems }).Items.Select(i => (s.Suite, i))).OrderBy(i => i.i.Change).Take(WorstItems)];
        return Task.CompletedTask;
    }
}
