using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Validation;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>What is wrong with a version, by rule; places are read from disk page by page.</summary>
public sealed partial class DatasetProblems
{
    private const int First = 10;
    private const int Further = 50;

    private readonly Dictionary<string, List<Problem>> shown = new(StringComparer.Ordinal);
    private IReadOnlyList<Problem> problems = [];

    [Parameter, EditorRequired]
    public DatasetVersion Version { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private DatasetLibrary Library { get; set; } = null!;

    protected override void OnInitialized()
    {
        foreach (var rule in Version.ProblemCounts.Keys)
        {
            shown[rule] = [.. Library.Problems(Version.Id, 0, First, rule).Problems];
        }

        problems = [.. shown.Values.SelectMany(p => p)];
    }

    private void More(string rule)
    {
        var list = shown[rule];
        list.AddRange(Library.Problems(Version.Id, list.Count, Further, rule).Problems);
        problems = [.. shown.Values.SelectMany(p => p)];
    }
}
