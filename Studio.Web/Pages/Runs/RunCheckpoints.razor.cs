using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using MudBlazor;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Registry;
using Studio.Web.Resources;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Runs;

/// <summary>The checkpoints of a run with what was measured: ask them, make an adapter of one, download it.</summary>
public sealed partial class RunCheckpoints
{
    private IReadOnlyList<RunCheckpoint> rows = [];
    private HashSet<int> there = [];
    private int? busy;

    [Parameter, EditorRequired]
    public TrainingJob Job { get; set; } = null!;

    [Parameter, EditorRequired]
    public RunHistory History { get; set; } = null!;

    [Parameter]
    public bool CanTrain { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private JobResults Results { get; set; } = null!;

    [Inject]
    private AdapterLibrary Library { get; set; } = null!;

    [Inject]
    private ModelDirectory Directory { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    protected override void OnParametersSet()
    {
        rows = History.Checkpoints;
        there = [.. rows.Select(r => r.Step).Where(step => Results.CheckpointAdapter(Job.Id, step) is not null)];
    }

    private string Ask(int step) =>
        $"/playground?models={Uri.EscapeDataString(Database.BaseModels.Get(Job.BaseModelId)?.Name ?? "")},{Uri.EscapeDataString(Directory.CheckpointName(Job, step))}"
        + (History.Samples is [var sample, ..] ? $"&prompt={Uri.EscapeDataString(sample.Prompt)}" : "");

    private async Task UseAsync(int step, bool download)
    {
        if (Results.CheckpointAdapter(Job.Id, step) is not { } folder)
        {
            Notices.Add(L["checkpoints.gone"], MudBlazor.Severity.Warning);
            return;
        }

        busy = step;
        try
        {
            var viewer = await Viewer.OfAsync(Authentication);
            var adapter = await Library.RegisterCheckpointAsync(Job, step, folder, viewer.Name, CancellationToken.None);
            if (!adapter.Succeeded)
            {
                Notices.Add(L["refused"], MudBlazor.Severity.Error);
            }
            else if (download)
            {
                var module = await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
                await module.InvokeVoidAsync("download", $"/api/adapters/{adapter.Value.Id}/download");
                await module.DisposeAsync();
            }
            else
            {
                Navigation.NavigateTo($"/adapters/{adapter.Value.Id}");
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Notices.Add(L["checkpoints.failed"], MudBlazor.Severity.Error);
        }
        finally
        {
            busy = null;
        }
    }
}
