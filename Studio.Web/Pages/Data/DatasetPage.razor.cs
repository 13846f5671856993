using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Web.Access;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>One dataset: its newest version (or the one in the address), problems, rows, versions and where it is used.</summary>
public sealed partial class DatasetPage
{
    private static readonly string[] Known = ["overview", "problems", "rows", "versions", "use"];

    private Dataset? dataset;
    private DatasetVersion? version;
    private IReadOnlyList<DatasetVersion> versions = [];
    private Confirm confirm = null!;
    private long problemTotal;
    private int runs;
    private bool adding;
    private bool choosing;
    private bool labelling;
    private string? name;
    private string? description;
    private string? licence;
    private string? loadedId;

    [Parameter]
    public string Id { get; set; } = "";

    [Parameter]
    public string? Tab { get; set; }

    /// <summary>Number of the version to show; null shows the newest.</summary>
    [SupplyParameterFromQuery(Name = "version")]
    public int? Number { get; set; }

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private DatasetLibrary Library { get; set; } = null!;

    [Inject]
    private JobQueue Queue { get; set; } = null!;

    [Inject]
    private AuditLog Audit { get; set; } = null!;

    [Inject]
    private StudioOptions Options { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private static bool English => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/data")];

    private string Active => Known.Contains(Tab, StringComparer.Ordinal) ? Tab! : "overview";

    private string FactsLine => version is null ? "" : string.Join(" · ", Facts());

    private IReadOnlyList<Tabs.Tab> TabItems
    {
        get
        {
            var query = Number is { } number ? FormattableString.Invariant($"?version={number}") : "";
            string Href(string tab) => $"/data/{Id}/{tab}{query}";
            return
            [
                new("overview", L["tab.overview"], $"/data/{Id}{query}"),
                new("problems", L["tab.problems"], Href("problems"), problemTotal > 0 ? Format.Count(problemTotal) : null, Attention: true),
                new("rows", L["tab.rows"], Href("rows")),
                new("versions", L["tab.versions"], Href("versions"), versions.Count > 1 ? Format.Count(versions.Count) : null),
                new("use", L["tab.use"], Href("use"), runs > 0 ? Format.Count(runs) : null),
            ];
        }
    }

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Datasets, id => id == Id);
        Follow(Database.DatasetVersions);
        Follow(Database.Jobs);
    }

    protected override async Task OnParametersSetAsync()
    {
        await LoadAsync();
        if (loadedId != Id)
        {
            loadedId = Id;
            choosing = version is { State: DatasetState.NeedsChoice } && Viewer.CanTrain;
        }
    }

    protected override Task LoadAsync()
    {
        dataset = Database.Datasets.Get(Id);
        versions = [.. Library.Versions(Id).OrderByDescending(v => v.Number)];
        var before = version?.State;
        version = versions.FirstOrDefault(v => v.Number == Number) ?? versions.FirstOrDefault();
        if (before == DatasetState.Importing && version is { State: DatasetState.NeedsChoice })
        {
            choosing = Viewer.CanTrain;
        }

        problemTotal = version?.ProblemCounts.Values.Sum() ?? 0;
        var ids = versions.Select(v => v.Id).ToHashSet(StringComparer.Ordinal);
        runs = Database.Jobs.List(j => j.Data.Any(d => ids.Contains(d.DatasetVersionId))).Count;
        return Task.CompletedTask;
    }

    private IEnumerable<string> Facts()
    {
        yield return L["fact.version", version!.Number];
        if (version.State == DatasetState.Ready)
        {
            yield return version.Kind is { } kind ? L.Plural($"fact.{kind.ToString().ToLowerInvariant()}", version.ValidRows) : L.Plural("fact.rows", version.ValidRows);
            if (version.Statistics?.Languages.Count > 0)
            {
                yield return LanguagesText.Of(version.Statistics, L);
            }

            yield return L.Plural("fact.used", runs);
        }
        else
        {
            yield return version.FileName;
        }
    }

    private async Task OnVersionAsync(Uploaded uploaded)
    {
        adding = false;
        Navigation.NavigateTo($"/data/{Id}");
        await LoadAsync();
    }

    private async Task ImportAgainAsync(ImportChoice choice)
    {
        choosing = false;
        var begun = Library.BeginImport(version!.FileId, Id, null);
        Queue.EnqueueImport(begun.Id, choice);
        Audit.Write(Viewer.Name, "dataset.imported", Id, version.FileName);
        Navigation.NavigateTo($"/data/{Id}");
        await LoadAsync();
    }

    private void OpenLabels() => (labelling, name, description, licence) = (true, dataset!.Name, dataset.Description, dataset.Licence);

    private async Task SaveLabelsAsync()
    {
        Library.Describe(Id, name, description ?? "", licence ?? "");
        labelling = false;
        await LoadAsync();
    }

    private async Task ExportAsync()
    {
        var module = await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
        await module.InvokeVoidAsync("download", $"/api/datasets/versions/{version!.Id}/rows/export");
        await module.DisposeAsync();
    }

    private async Task DeleteAsync()
    {
        var ids = versions.Select(v => v.Id).ToHashSet(StringComparer.Ordinal);
        if (Database.Jobs.List(j => !j.State.IsFinal() && j.Data.Any(d => ids.Contains(d.DatasetVersionId)), limit: 1) is [var job])
        {
            Notices.Add(L["delete.used", job.Name], MudBlazor.Severity.Warning);
            return;
        }

        if (await confirm.AskAsync(L["delete.title", dataset!.Name], L.Plural("delete.text", versions.Count), Common["common.delete"]))
        {
            Library.Delete(Id);
            Audit.Write(Viewer.Name, "dataset.deleted", Id, dataset.Name);
            Notices.Add(L["delete.done", dataset.Name], MudBlazor.Severity.Success);
            Navigation.NavigateTo("/data");
        }
    }
}
