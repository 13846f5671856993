using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Machine;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Settings;

/// <summary>The machine, people and the audit log.</summary>
public sealed partial class SettingsPage
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private MachineReport? report;

    [Parameter]
    public string? Tab { get; set; }

    [Inject]
    private IStringLocalizer<SettingsText> L { get; set; } = null!;

    [Inject]
    private MachineState Machine { get; set; } = null!;

    [Inject]
    private StudioPaths Paths { get; set; } = null!;

    [Inject]
    private StudioOptions Options { get; set; } = null!;

    [Inject]
    private TrainerProgram Trainer { get; set; } = null!;

    private string Active => Viewer.IsOwner && Tab is "users" or "audit" ? Tab : "machine";

    private IReadOnlyList<Tabs.Tab> TabItems =>
    [
        new("machine", L["tab.machine"], "/settings"),
        .. Viewer.IsOwner ? new Tabs.Tab[] { new("users", L["tab.users"], "/settings/users"), new("audit", L["tab.audit"], "/settings/audit") } : [],
    ];

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Every(Period);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        report = Machine.Read();
        return Task.CompletedTask;
    }
}
