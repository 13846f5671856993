using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Components.Recipes;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Step 5: everything on one page, and the same run to copy as a request, a program, a command line or a recipe.</summary>
public sealed partial class ReviewStep
{
    private static readonly string[] Kinds = ["curl", "csharp", "cli", "recipe"];

    private string shown = Kinds[0];

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    [Parameter]
    public RunEstimate? Estimate { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, DatasetVersion> Versions { get; set; } = null!;

    [Parameter]
    public IReadOnlyList<Problem> Problems { get; set; } = [];

    [Parameter]
    public EventCallback<TrainDraft> OnChange { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private IStringLocalizer<OptionText> O { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private StudioPaths Paths { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private BaseModel? Model => Draft.BaseModelId is { } id ? Database.BaseModels.Get(id) : null;

    private string NamePlaceholder => Draft.Data is [var first, ..] && Versions.TryGetValue(first.DatasetVersionId, out var version) ? Database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName : "";

    private string Snippet => shown switch
    {
        "csharp" => RequestSnippets.CSharp(Draft.ToRequest(), Navigation.BaseUri.TrimEnd('/')),
        "cli" when Model is { } model => RequestSnippets.CommandLine(Draft.ToRequest(), model, [.. Draft.Data.Where(d => Versions.ContainsKey(d.DatasetVersionId)).Select(d => new RowFile(Path.Combine(Paths.Datasets, Versions[d.DatasetVersionId].DatasetId, d.DatasetVersionId)).RowsPath)]),
        "recipe" => RequestSnippets.Recipe(Draft.ToRequest()),
        _ => RequestSnippets.Curl(Draft.ToRequest(), Navigation.BaseUri.TrimEnd('/')),
    };

    private string Step(string word) => $"/train?draft={Draft.Id}&step={word}";

    private string Name(DatasetUse use) => Versions.TryGetValue(use.DatasetVersionId, out var version) ? FormattableString.Invariant($"{Database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName} v{version.Number}") : L["note.gone"];

    private string Detail(DatasetUse use)
    {
        if (!Versions.TryGetValue(use.DatasetVersionId, out var version))
        {
            return "";
        }

        var licence = Database.Datasets.Get(version.DatasetId)?.Licence;
        return string.Join(" · ", new[] { L.Plural("rows", version.ValidRows), use.Weight == 1 ? null : "× " + Format.Number(use.Weight), string.IsNullOrWhiteSpace(licence) ? null : licence }.Where(t => t is not null));
    }

    private string Show(object? value) => value is bool on ? Common[on ? "option.on" : "option.off"] : RecipeSections.Text(value) is { Length: > 0 } text ? text : Common["option.none"];
}
