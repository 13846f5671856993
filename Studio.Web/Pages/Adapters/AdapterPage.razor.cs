using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Data.Registry;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Registry;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Adapters;

/// <summary>One adapter: what it changed, where it comes from, where it works, its versions and files; deploy and download.</summary>
public sealed partial class AdapterPage
{
    private static readonly string[] Known = ["overview", "scorecard", "gate", "passport", "lineage", "compatibility", "versions", "files"];

    private Adapter? adapter;
    private BaseModel? model;
    private IReadOnlyList<Deployment> deployments = [];
    private IReadOnlyList<Adapter> versions = [];
    private IReadOnlyList<Compatible> compatible = [];
    private IReadOnlyList<(string Name, long Bytes)> files = [];
    private Confirm confirm = null!;
    private bool deploying;
    private bool merging;

    [Parameter]
    public string Id { get; set; } = "";

    [Parameter]
    public string? Tab { get; set; }

    [Inject]
    private IStringLocalizer<AdaptersText> L { get; set; } = null!;

    [Inject]
    private AdapterLibrary Library { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/adapters")];

    private string Active => Known.Contains(Tab, StringComparer.Ordinal) ? Tab! : "overview";

    private string Kind => adapter!.Kind == "full" ? L["kind.full.short"] : L["kind.lora.short", adapter.Rank];

    private string Ask => $"/playground?models={Uri.EscapeDataString(model?.Name ?? "")},{Uri.EscapeDataString(adapter!.ModelName)}";

    private IReadOnlyList<Tabs.Tab> TabItems =>
    [
        new("overview", L["tab.overview"], $"/adapters/{Id}"),
        new("scorecard", L["tab.scorecard"], $"/adapters/{Id}/scorecard"),
        new("gate", L["tab.gate"], $"/adapters/{Id}/gate"),
        new("passport", L["tab.passport"], $"/adapters/{Id}/passport"),
        new("lineage", L["tab.lineage"], $"/adapters/{Id}/lineage"),
        new("compatibility", L["tab.compatibility"], $"/adapters/{Id}/compatibility"),
        new("versions", L["tab.versions"], $"/adapters/{Id}/versions", versions.Count > 1 ? Format.Count(versions.Count) : null),
        new("files", L["tab.files"], $"/adapters/{Id}/files"),
    ];

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Deployments);
        Follow(Database.Adapters);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        adapter = Database.Adapters.Get(Id);
        if (adapter is null)
        {
            return Task.CompletedTask;
        }

        model = Database.BaseModels.Get(adapter.BaseModelId);
        deployments = Database.Deployments.List(d => d.AdapterId == Id && d.State != DeploymentState.Stopped);
        versions = [.. Database.Adapters.List(a => a.Name == adapter.Name).OrderByDescending(a => a.Version)];
        compatible = Compatibility.Of(adapter, model);
        files = Active == "files" ? ReadFiles(Library.Folder(adapter)) : [];
        return Task.CompletedTask;
    }

    private static IReadOnlyList<(string Name, long Bytes)> ReadFiles(string folder) =>
        Directory.Exists(folder) ? [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => (Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), f.Length))] : [];

    private static double? Metric(Adapter adapter, string name) => adapter.Metrics.TryGetValue(name, out var value) ? value : null;

    private async Task DownloadAsync(string address)
    {
        var module = await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
        await module.InvokeVoidAsync("download", address);
        await module.DisposeAsync();
    }

    // Written first, so that a fault is a sentence here and not a broken download.
    private async Task MergeAsync()
    {
        if (merging)
        {
            return;
        }

        merging = true;
        StateHasChanged();
        try
        {
            var exported = await Library.ExportAsync(Id, "merged", CancellationToken.None);
            if (exported.Succeeded)
            {
                await DownloadAsync($"/api/adapters/{Id}/export/merged");
            }
            else
            {
                Notices.Add(L["merge.failed", exported.Summary], MudBlazor.Severity.Error);
            }
        }
        finally
        {
            merging = false;
        }
    }

    private async Task DeleteAsync()
    {
        if (await confirm.AskAsync(L["delete.title", adapter!.Name, adapter.Version], L["delete.text"], Common["common.delete"]))
        {
            var deleted = Library.Delete(Id, Viewer.Name);
            if (deleted.Succeeded)
            {
                Navigation.NavigateTo("/adapters");
            }
            else
            {
                Notices.Add(L["delete.refused"], MudBlazor.Severity.Warning);
            }
        }
    }
}
