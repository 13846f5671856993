using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Layout;
using Studio.Web.Release;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Adapters;

/// <summary>What the release policy says of an adapter, rule by rule, and the way around it: a reason and a second person.</summary>
public sealed partial class AdapterGate
{
    private GateStanding? standing;
    private string? goal;
    private string reason = "";
    private string? fault;

    [Parameter, EditorRequired]
    public Adapter Adapter { get; set; } = null!;

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    private IStringLocalizer<GateText> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private ReleaseGate Gate { get; set; } = null!;

    [Inject]
    private PolicyBook Book { get; set; } = null!;

    [Inject]
    private Overrides Overrides { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    /// <summary>An evaluation of what the rules ask for.</summary>
    private string Evaluate => $"/evaluations/new?adapter={Adapter.Id}&suites={string.Join(',', standing!.Verdict.Rules.Where(r => r.Rule.AppliesTo(goal)).Select(r => r.Rule.Suite).Distinct())}";

    protected override void OnInitialized()
    {
        Follow(Database.Policies);
        Follow(Database.Overrides);
        Follow(Database.Evaluations);
        Follow(Database.Users);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        (standing, goal) = (Gate.Of(Adapter), Book.GoalOf(Adapter));
        return Task.CompletedTask;
    }

    private async Task Ask()
    {
        Say(Overrides.Request(Adapter.Id, reason, await UserAsync()), null);
        await LoadAsync();
    }

    private async Task Decide(bool approve)
    {
        Say(Overrides.Decide(Adapter.Id, approve, null, await UserAsync()), approve ? L["override.done.approved"] : L["override.done.refused"]);
        await LoadAsync();
    }

    private void Say(Outcome<OverrideRequest> outcome, string? done)
    {
        fault = outcome.Succeeded ? null : L.Or($"override.fault.{outcome.Problems[0].Rule}", outcome.Summary);
        if (outcome.Succeeded)
        {
            reason = "";
            if (done is not null)
            {
                Notices.Add(done, Severity.Success);
            }
        }
    }

    private async Task<ClaimsPrincipal> UserAsync() => Authentication is null ? new ClaimsPrincipal() : (await Authentication).User;
}
