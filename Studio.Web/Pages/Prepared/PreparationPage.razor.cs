using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Preparation;
using Studio.Web.Components.Review;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;
using Decision = Studio.Data.Reviews.ReviewState;

namespace Studio.Web.Pages.Prepared;

/// <summary>The rows of a preparation and their review: what is asked, what is wanted, what will be learned, what the base says; by keyboard and in bulk.</summary>
public sealed partial class PreparationPage
{
    private PreparationJob? job;
    private IReadOnlyList<PreparedRow> rows = [];
    private IReadOnlyList<PreparedRow> filtered = [];
    private IReadOnlyList<string> groups = [];
    private IReadOnlyList<string> categories = [];
    private IReadOnlyList<string> languages = [];
    private PreparedFilter filter = new();
    private Decision? shown = Decision.Open;

    /// <summary>The draft of the wizard that waits for these rows.</summary>
    [SupplyParameterFromQuery(Name = "draft")]
    public string? DraftId { get; set; }

    [Inject]
    private IStringLocalizer<PreparationText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> D { get; set; } = null!;

    [Inject]
    private PreparationBoard Board { get; set; } = null!;

    [Inject]
    private PreparedReviews Reviews { get; set; } = null!;

    protected override Board<PreparationJob> Jobs => Board;

    protected override IStringLocalizer Words => L;

    protected override string ListHref => "/data";

    private IReadOnlyList<Crumb> Parents => [new(D["title"], "/data")];

    private string TrainHref => DraftId is { } draft ? $"/train?draft={draft}&step=data" : $"/train?preparation={Id}&step=data";

    private string FactsLine => string.Join(" · ", new[]
    {
        L.Or($"kind.{job!.Kind}", job.Kind),
        Database.BaseModels.Get(job.BaseModelId)?.Name,
        job.Result is { } result ? L.Plural("fact.rows", result.Rows) : null,
    }.Where(t => t is not null));

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Preparations, id => id == Id);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        job = Database.Preparations.Get(Id);
        rows = job is null ? [] : Reviews.Rows(Id);
        groups = [.. rows.Select(r => r.Group).Distinct()];
        categories = [.. rows.Select(r => r.Category).OfType<string>().Distinct()];
        languages = [.. rows.Select(r => r.Language).Distinct()];
        filtered = [.. rows.Where(filter.Takes)];
        return Task.CompletedTask;
    }

    private static string? Value(ChangeEventArgs e) => e.Value?.ToString() is { Length: > 0 } text ? text : null;

    private static Decision StateOf(PreparedRow row) => row.State switch
    {
        ReviewState.Accepted or ReviewState.Edited => Decision.Accepted,
        ReviewState.Rejected => Decision.Rejected,
        _ => Decision.Open,
    };

    private void Narrow(PreparedFilter next)
    {
        filter = next;
        filtered = [.. rows.Where(filter.Takes)];
    }

    private Task DecideAsync(ReviewDecision<PreparedRow> decision)
    {
        var state = decision.State switch
        {
            Decision.Accepted => ReviewState.Accepted,
            Decision.Rejected => ReviewState.Rejected,
            _ => ReviewState.Proposed,
        };
        return ChangeAsync([.. decision.Items.Select(r => new PreparedChange(r.Id) { State = state == ReviewState.Accepted && r.State == ReviewState.Edited ? ReviewState.Edited : state })]);
    }

    private Task EditAsync(ReviewEdit<PreparedRow> edit) =>
        ChangeAsync([new PreparedChange(edit.Item.Id) { Answer = edit.Text, State = edit.Text.Trim() == edit.Item.Answer ? ReviewState.Accepted : ReviewState.Edited }]);

    private Task AcceptRestAsync() => ChangeAsync([.. rows.Where(r => r.State == ReviewState.Proposed).Select(r => new PreparedChange(r.Id) { State = ReviewState.Accepted })]);

    private Task ChangeAsync(IReadOnlyList<PreparedChange> changes)
    {
        Say(Reviews.Change(Id, changes, Viewer.Name));
        return LoadAsync();
    }
}
