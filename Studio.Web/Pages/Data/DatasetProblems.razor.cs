using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Layout;
using Studio.Web.Resources;
using Severity = Studio.Data.Validation.Severity;

namespace Studio.Web.Pages.Data;

/// <summary>What is wrong with a version, by rule; places are read from disk page by page.</summary>
public sealed partial class DatasetProblems
{
    private const int First = 10;
    private const int Further = 50;

    private readonly Dictionary<string, List<Problem>> shown = new(StringComparer.Ordinal);
    private IReadOnlyList<Problem> problems = [];
    private string? busy;

    [Parameter, EditorRequired]
    public DatasetVersion Version { get; set; } = null!;

    [Parameter]
    public Viewer Viewer { get; set; } = new("", null, Role.Viewer);

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private DatasetLibrary Library { get; set; } = null!;

    [Inject]
    private AuditLog Audit { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    // Rows with errors were never taken in.
    private bool Severe(string rule) => shown[rule].Exists(p => p.Severity >= Severity.Error);

    private bool CanExclude(string rule) => Viewer.CanTrain && Version.State == DatasetState.Ready && !Severe(rule) && shown[rule].Exists(p => p.Line is not null);

    protected override void OnInitialized()
    {
        foreach (var rule in Version.ProblemCounts.Keys)
        {
            shown[rule] = [.. Library.Problems(Version.Id, 0, First, rule).Problems];
        }

        problems = [.. shown.Values.SelectMany(p => p)];
    }

    private async Task ExcludeAsync(string rule)
    {
        busy = rule;
        StateHasChanged();
        try
        {
            var version = await Library.ExcludeAsync(Version.Id, rule, Viewer.UserId, CancellationToken.None);
            Audit.Write(Viewer.Name, "dataset.excluded", version.DatasetId, rule);
            Notices.Add(L.Plural("exclude.done", version.Origin?.Removed ?? 0), MudBlazor.Severity.Success);
            Navigation.NavigateTo($"/data/{version.DatasetId}");
        }
        catch (ProblemException refused)
        {
            Notices.Add(L[refused.Problem.Rule == "no_valid_rows" ? "exclude.all" : "exclude.none"], MudBlazor.Severity.Warning);
        }
        finally
        {
            busy = null;
        }
    }

    private void More(string rule)
    {
        var list = shown[rule];
        list.AddRange(Library.Problems(Version.Id, list.Count, Further, rule).Problems);
        problems = [.. shown.Values.SelectMany(p => p)];
    }
}
