using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Web.Components.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Every option of a recipe in sections, drawn from the options records; changes are marked against what was offered.</summary>
public sealed partial class RecipeForm
{
    private static readonly string[] OpenedOfRun = ["optimization", "lora", "data"];

    private readonly HashSet<string> invalid = new(StringComparer.Ordinal);
    private int resets;

    [Parameter, EditorRequired]
    public Recipe Recipe { get; set; } = null!;

    /// <summary>What changes are marked against.</summary>
    [Parameter, EditorRequired]
    public Recipe Offered { get; set; } = null!;

    /// <summary>Methods that can be chosen.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<MethodDescription> Methods { get; set; } = [];

    [Parameter]
    public string? BaseModelId { get; set; }

    /// <summary>Put before ids where a page has several of these forms.</summary>
    [Parameter]
    public string Prefix { get; set; } = "";

    /// <summary>Leaves out the shape of the adapter, which a later stage takes over from the one before.</summary>
    [Parameter]
    public bool WithoutAdapter { get; set; }

    [Parameter]
    public IReadOnlyDictionary<string, string>? Hints { get; set; }

    /// <summary>Grows when values are replaced from outside, so that half-typed fields start anew.</summary>
    [Parameter]
    public int Resets { get; set; }

    [Parameter]
    public EventCallback<Recipe> OnChange { get; set; }

    [Parameter]
    public EventCallback<string> OnMethod { get; set; }

    [Parameter]
    public EventCallback<bool> ValidChanged { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    private IReadOnlyDictionary<string, IReadOnlyList<string>> Suggestions => NamedModels.Suggestions(Recipe, BaseModelId, Database);

    // The page of one run opens what matters; a page of several stages would drown in it.
    private bool Opens(string section) => WithoutAdapter ? section == RecipeSections.Method : OpenedOfRun.Contains(section, StringComparer.Ordinal);

    private string Id(string name) => Prefix + name;

    private int Changed(string section) => RecipeSections.Compare(Recipe, Offered).Count(v => v.Section == section && v.Differs);

    private object? DefaultsOf(RecipeSection section, object options) => section.Read(Offered) is var offered && offered.GetType() == options.GetType() ? offered : null;

    private async Task ResetAsync(RecipeSection section)
    {
        resets++;
        await Valid(section.Name, ok: true);
        await OnChange.InvokeAsync(section.Write(Recipe, section.Read(Offered)));
    }

    private async Task Valid(string section, bool ok)
    {
        if (ok ? invalid.Remove(section) : invalid.Add(section))
        {
            await ValidChanged.InvokeAsync(invalid.Count == 0);
        }
    }
}
