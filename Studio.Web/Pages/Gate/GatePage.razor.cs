using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Web.Components;
using Studio.Web.Release;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Gate;

/// <summary>The release policy, the exceptions from it, its history, and the check of passports.</summary>
public sealed partial class GatePage
{
    private static readonly string[] Known = ["policy", "overrides", "history", "verify"];

    private ReleasePolicy? policy;
    private int waiting;

    [Parameter]
    public string? Tab { get; set; }

    /// <summary>Version whose rules are taken into the editor.</summary>
    [SupplyParameterFromQuery]
    public int? Take { get; set; }

    [Inject]
    private IStringLocalizer<GateText> L { get; set; } = null!;

    [Inject]
    private PolicyBook Book { get; set; } = null!;

    private string Active => Known.Contains(Tab, StringComparer.Ordinal) ? Tab! : "policy";

    private IReadOnlyList<Tabs.Tab> TabItems =>
    [
        new("policy", L["tab.policy"], "/gate"),
        new("overrides", L["tab.overrides"], "/gate/overrides", waiting > 0 ? Format.Count(waiting) : null, Attention: true),
        new("history", L["tab.history"], "/gate/history"),
        new("verify", L["tab.verify"], "/gate/verify"),
    ];

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Policies);
        Follow(Database.Overrides);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        policy = Book.Current;
        waiting = Database.Overrides.List(r => r.State == OverrideState.Requested).Count;
        return Task.CompletedTask;
    }
}
