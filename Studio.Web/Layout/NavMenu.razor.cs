using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Data.Reviews;
using Studio.Data.Store;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

public sealed partial class NavMenu
{
    private int activeRuns;
    private int openVotes;

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Jobs);
        Follow(Database.Votes);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        activeRuns = Database.Jobs.List(job => !job.State.IsFinal()).Count;
        openVotes = Database.Votes.List(vote => vote.State == ReviewState.Open).Count;
        return Task.CompletedTask;
    }
}
