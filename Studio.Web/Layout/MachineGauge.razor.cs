using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Store;
using Studio.Web.Machine;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

/// <summary>Device, running jobs and memory, at the foot of the navigation.</summary>
public sealed partial class MachineGauge
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private MachineReport? report;

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private MachineState Machine { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    private double Share => report is { MemoryTotalBytes: > 0 } now ? (double)now.MemoryUsedBytes / now.MemoryTotalBytes : 0;

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Jobs);
        Every(Period);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        report = Machine.Read();
        return Task.CompletedTask;
    }
}
