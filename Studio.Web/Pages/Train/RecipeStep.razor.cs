using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Web.Api;
using Studio.Web.Components;
using Studio.Web.Components.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Step 3: what it should get better at, which chooses method and defaults; Basic shows what matters, Advanced everything, changes are marked against what was offered.</summary>
public sealed partial class RecipeStep
{
    private readonly HashSet<string> invalid = new(StringComparer.Ordinal);
    private IReadOnlyList<Recipe> shipped = [];
    private bool pasting;
    private string? pasted;
    private string? fault;

    // Grows when values are replaced from outside, so that half-typed fields start anew.
    private int resets;

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    [Parameter, EditorRequired]
    public IReadOnlyList<ExampleKind> Kinds { get; set; } = [];

    [Parameter, EditorRequired]
    public DataSize Size { get; set; } = null!;

    [Parameter]
    public EventCallback<TrainDraft> OnChange { get; set; }

    [Parameter]
    public EventCallback<bool> ValidChanged { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> D { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private StudioOptions Settings { get; set; } = null!;

    private Recipe Offered => Draft.Offered ?? RecipeSections.Defaults(Draft.Recipe!);

    private IEnumerable<Recipe> Fitting => shipped.Where(r => TrainingMethods.Find(r.Method) is { } method && Kinds.All(method.Needs.Contains));

    private int HiddenChanges => RecipeSections.Compare(Draft.Recipe!, Offered).Count(v => v.Differs && !v.Field.Basic);

    /// <summary>What values mean for this model and this data.</summary>
    private Dictionary<string, string> Hints
    {
        get
        {
            Dictionary<string, string> hints = new(StringComparer.Ordinal);
            if (Draft.Check is { TrainableParameters: > 0 } check && Draft.Recipe!.Lora.Enabled)
            {
                hints["r"] = L["hint.weights", Format.Compact(check.TrainableParameters)];
            }

            if (Size.LongestTokens > 0)
            {
                hints["max_length"] = L["hint.longest", Format.Count(Size.LongestTokens)];
            }

            return hints;
        }
    }

    /// <summary>Names for the options that stand for a model.</summary>
    private Dictionary<string, IReadOnlyList<string>> Suggestions => TrainingMethods.Find(Draft.Recipe!.Method) is { } method
        ? OptionSchema.Of(method.OptionsType).Where(f => f.Model.Length > 0).ToDictionary(f => f.Name, f => NamedModels.For(f.Model, Draft.BaseModelId, Database), StringComparer.Ordinal)
        : [];

    protected override async Task OnInitializedAsync()
    {
        shipped = RecipesApi.Shipped(Settings);

        // The first goal that fits the data is the one most people want.
        if (Draft.Recipe is null && Goals.Offered.FirstOrDefault(g => g.MethodFor(Kinds) is not null) is { } goal)
        {
            await ChooseAsync(goal);
        }
    }

    private string Needs(Goal goal) => goal.Available
        .SelectMany(m => goal.Methods.Where(k => k.Value.Contains(m.Name) && m.Needs.Contains(k.Key)).Select(k => k.Key))
        .Distinct()
        .Select(k => D[$"kind.{k.ToString().ToLowerInvariant()}"].Value)
        .Aggregate((a, b) => L["or", a, b]);

    private int Changed(string section) => RecipeSections.Compare(Draft.Recipe!, Offered).Count(v => v.Section == section && v.Differs);

    private object? DefaultsOf(RecipeSection section, object options) => section.Read(Offered) is var offered && offered.GetType() == options.GetType() ? offered : null;

    private Task ChooseAsync(Goal goal)
    {
        var recipe = goal.Recipe(Size);
        return ReplaceAsync(recipe);
    }

    // Another method starts from its own defaults; everything else stays as it was set.
    private Task SetMethodAsync(string name) => ReplaceAsync(Draft.Recipe! with { Method = name, MethodOptions = [] });

    private Task TakeAsync(string name) =>
        name.Length == 0 ? (Goals.Find(Draft.Recipe!.Goal) is { } goal && goal.MethodFor(Kinds) is not null ? ChooseAsync(goal) : ReplaceAsync(RecipeSections.Defaults(Draft.Recipe!)))
        : shipped.FirstOrDefault(r => r.Name == name) is { } recipe ? ReplaceAsync(recipe) : Task.CompletedTask;

    private async Task PasteAsync()
    {
        try
        {
            var recipe = StudioJson.Deserialize<Recipe>(pasted ?? "");
            var problems = recipe.Validate();
            if (problems.Count > 0)
            {
                fault = string.Join(' ', problems.Select(p => $"{p.Message} {p.Remedy}"));
                return;
            }

            pasting = false;
            await OnChange.InvokeAsync(Draft with { Recipe = recipe, Offered = RecipeSections.Defaults(recipe), Fix = null });
            await Renew();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            fault = L["paste.fault"] + " " + wrong.Message;
        }
    }

    private async Task ReplaceAsync(Recipe recipe)
    {
        await OnChange.InvokeAsync(Draft with { Recipe = recipe, Offered = recipe, Fix = null });
        await Renew();
    }

    private async Task ResetAsync(RecipeSection section)
    {
        await OnChange.InvokeAsync(Draft with { Recipe = section.Write(Draft.Recipe!, section.Read(Offered)) });
        await Renew();
    }

    private Task SetAsync(RecipeSection section, object options) => OnChange.InvokeAsync(Draft with { Recipe = section.Write(Draft.Recipe!, options) });

    private async Task Renew()
    {
        resets++;
        invalid.Clear();
        await ValidChanged.InvokeAsync(true);
    }

    private async Task Valid(string section, bool ok)
    {
        if (ok ? invalid.Remove(section) : invalid.Add(section))
        {
            await ValidChanged.InvokeAsync(invalid.Count == 0);
        }
    }
}
