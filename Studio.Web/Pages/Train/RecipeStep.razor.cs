using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Web.Api;
using Studio.Web.Components;
using Studio.Web.Components.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>How the goal is reached: the method, and its defaults for this data; Basic shows what matters, Advanced everything, changes are marked against what was offered.</summary>
public sealed partial class RecipeStep
{
    private readonly HashSet<string> invalid = new(StringComparer.Ordinal);
    private IReadOnlyList<Recipe> shipped = [];
    private bool pasting;
    private string? pasted;
    private string? fault;
    private string? making;

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
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private PreparedReviews Reviews { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    [Inject]
    private StudioOptions Settings { get; set; } = null!;

    /// <summary>The goal, as far as the data can serve it.</summary>
    private Goal? Goal => (Draft.Recipe?.Goal ?? Draft.Goal) is { } name ? Goals.Find(name) : null;

    private IReadOnlyList<MethodDescription> Methods => Goal?.Choices(Kinds, Draft.Prepares) ?? [];

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

    /// <summary>Methods that can use the data as it is.</summary>
    private IReadOnlyList<MethodDescription> Usable => [.. TrainingMethods.All.Where(m => m.Name == Draft.Recipe!.Method || Kinds.All(m.Needs.Contains))];

    protected override async Task OnInitializedAsync()
    {
        shipped = RecipesApi.Shipped(Settings);

        // Without a goal the first one that fits the data is the one most people want.
        var goal = Goal ?? Goals.Offered.FirstOrDefault(g => g.MethodFor(Kinds) is not null);
        if (Draft.Recipe is null && goal?.MethodFor(Kinds) is not null)
        {
            await ChooseAsync(goal);
        }
    }

    private object? DefaultsOf(RecipeSection section, object options) => section.Read(Offered) is var offered && offered.GetType() == options.GetType() ? offered : null;

    private Task ChooseAsync(Goal goal) => ReplaceAsync(goal.Recipe(Size, null, shipped));

    /// <summary>Another method for the goal; prepared rows become the kind of example that it needs.</summary>
    private async Task TakeMethodAsync(MethodDescription method)
    {
        if (Goal is not { } goal)
        {
            return;
        }

        if (Kinds.All(method.Needs.Contains))
        {
            await ReplaceAsync(Staged(goal.Recipe(Size, method.Name, shipped)));
            return;
        }

        making = method.Name;
        StateHasChanged();
        try
        {
            var made = await Reviews.FinishAsync(Draft.Preparation!.JobId!, PreparedKinds.For(method)!.Value, Draft.OwnerId, CancellationToken.None);
            if (!made.Succeeded)
            {
                Notices.Add(made.Summary, MudBlazor.Severity.Warning);
                return;
            }

            var version = Database.DatasetVersions.Get(made.Value.VersionId)!;
            var recipe = Staged(goal.Recipe(new DataSize([made.Value.Kind], version.ValidRows, RunEstimate.LongestTokens(version)), method.Name, shipped));
            await OnChange.InvokeAsync(Draft with { Data = [new DatasetUse(version.Id)], ValidationVersionId = made.Value.ValidationVersionId, Recipe = recipe, Offered = recipe, Fix = null });
            await Renew();
        }
        finally
        {
            making = null;
        }
    }

    // Stages that a person added stay when the first method changes.
    private Recipe Staged(Recipe recipe) => recipe.Stages.Count > 0 ? recipe : recipe with { Stages = Draft.Recipe?.Stages ?? [] };

    // Another method starts from its own defaults. Methods that compare or try answers need steps and batches of their own (a batch of one question fits no group of answers); everything else stays as it was set.
    private Task SetMethodAsync(string name)
    {
        var recipe = Draft.Recipe! with { Method = name, MethodOptions = [] };
        if (Imitates(name) != Imitates(Draft.Recipe!.Method))
        {
            var fresh = Imitates(name) && Goal is { } goal ? goal.Recipe(Size, name, shipped) : Goals.Stage(recipe.Goal, name, Size, shipped);
            recipe = recipe with { MethodOptions = fresh.MethodOptions, Optimization = fresh.Optimization, Data = fresh.Data };
        }

        return ReplaceAsync(recipe);
    }

    private static bool Imitates(string method) => TrainingMethods.Find(method)?.Needs[0] is ExampleKind.Chat or ExampleKind.Text;

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
