using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Datasets;
using Studio.Data.Reviews;
using Studio.Web.Components.Review;
using Studio.Web.Layout;
using Studio.Web.Resources;
using Studio.Web.Reviews;

namespace Studio.Web.Pages.Review;

/// <summary>Votes and flagged answers that wait for a reviewer, and the preference data they become. State and source are in the address.</summary>
public sealed partial class ReviewPage
{
    private IReadOnlyList<Vote> all = [];
    private IReadOnlyList<Vote> shown = [];
    private VotePairs? pairs;
    private Dataset? dataset;
    private ReviewState? filter = ReviewState.Open;
    private bool making;

    /// <summary>open, accepted, rejected or all.</summary>
    [SupplyParameterFromQuery(Name = "state")]
    public string? State { get; set; }

    /// <summary>playground or endpoint; null shows both.</summary>
    [SupplyParameterFromQuery(Name = "source")]
    public string? Source { get; set; }

    [Inject]
    private IStringLocalizer<ReviewText> L { get; set; } = null!;

    [Inject]
    private VoteBox Box { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Votes);
        Follow(Database.Datasets);
    }

    protected override Task OnParametersSetAsync()
    {
        filter = State == "all" ? null : Enum.TryParse<ReviewState>(State, ignoreCase: true, out var state) ? state : ReviewState.Open;
        return LoadAsync();
    }

    protected override Task LoadAsync()
    {
        all = Box.List();
        shown = Source is null ? all : [.. all.Where(v => v.Source == Source)];
        pairs = Box.Pairs();
        dataset = Box.Dataset();
        return Task.CompletedTask;
    }

    private static string Mark(Vote vote, int index) => vote.Kind switch
    {
        VoteKind.Better => index == vote.Preferred ? "better" : "worse",
        VoteKind.Good => "good",
        _ => "bad",
    };

    private string By(Vote vote) => L[$"kind.{vote.Kind.ToString().ToLowerInvariant()}", vote.By, vote.Answers.Count];

    private string ShortName(string model) =>
        Database.Adapters.List(a => a.ModelName == model, limit: 1) is [var adapter] ? FormattableString.Invariant($"{adapter.Name} v{adapter.Version}") : model;

    private void Go(ReviewState? state) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("state", state?.ToString().ToLowerInvariant() ?? "all"), replace: true);

    private void GoSource(string? source) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("source", string.IsNullOrEmpty(source) ? null : source), replace: true);

    private Task Decide(ReviewDecision<Vote> decision)
    {
        Box.Review(decision.Items.Select(v => v.Id), decision.State, Viewer.Name);
        return LoadAsync();
    }

    private Task Edit(ReviewEdit<Vote> edit)
    {
        Box.Edit(edit.Item.Id, edit.Text, Viewer.Name);
        return LoadAsync();
    }

    private async Task MakeAsync()
    {
        making = true;
        try
        {
            var made = await Box.MakeDatasetAsync(Viewer.Name, Viewer.UserId, CancellationToken.None);
            if (made.Succeeded)
            {
                Notices.Add(L["pairs.made", made.Value.Number, Database.Datasets.Get(made.Value.DatasetId)?.Name ?? "", made.Value.ValidRows], Severity.Success);
            }
            else
            {
                Notices.Add(L["pairs.failed", made.Summary], Severity.Error);
            }
        }
        finally
        {
            making = false;
        }

        await LoadAsync();
    }
}
