using System.Text.Json;
using Studio.Data;
using Studio.Data.Recipes;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary>One option as forms draw it.</summary>
public sealed record OptionView(string Name, OptionKind Kind, bool Nullable, bool Basic, double? Min, double? Max, bool MinExclusive, IReadOnlyList<string> Choices, object? Default, string Label, string Help);

/// <summary>A training method with its options.</summary>
public sealed record MethodView(string Name, string Title, string Summary, IReadOnlyList<Data.Datasets.ExampleKind> Needs, IReadOnlyList<OptionView> Options);

/// <summary>Everything a recipe may say.</summary>
public sealed record RecipeSchema(IReadOnlyDictionary<string, IReadOnlyList<OptionView>> Sections, IReadOnlyList<MethodView> Methods, Recipe Default);

/// <summary><c>/api/recipes</c>.</summary>
public static class RecipesApi
{
    public static void MapRecipes(this RouteGroupBuilder api)
    {
        var recipes = api.MapGroup("/recipes").WithTags("Recipes");

        recipes.MapGet("/schema", () => TypedResults.Ok(new RecipeSchema(
            new Dictionary<string, IReadOnlyList<OptionView>>
            {
                ["model"] = Views(typeof(ModelOptions)),
                ["lora"] = Views(typeof(LoraOptions)),
                ["optimization"] = Views(typeof(OptimizationOptions)),
                ["data"] = Views(typeof(DataOptions)),
                ["evaluation"] = Views(typeof(EvaluationOptions)),
                ["checkpoints"] = Views(typeof(CheckpointOptions)),
            },
            [.. TrainingMethods.All.Select(m => new MethodView(m.Name, m.Title, m.Summary, m.Needs, Views(m.OptionsType)))],
            new Recipe()))).RequireAuthorization(AccessNames.Viewer).WithSummary("All options with range, default and meaning");

        recipes.MapGet("", (StudioOptions options) => TypedResults.Ok(Shipped(options))).RequireAuthorization(AccessNames.Viewer).WithSummary("The recipes that come with Studio");

        recipes.MapPost("/validate", (Recipe body) => TypedResults.Ok<IReadOnlyList<Problem>>(body.Validate()))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Every fault of a recipe");
    }

    /// <summary>The recipe files under samples/recipes that can be read.</summary>
    public static IReadOnlyList<Recipe> Shipped(StudioOptions options)
    {
        List<Recipe> recipes = [];
        foreach (var folder in options.SampleFolders.Select(f => Path.Combine(f, "recipes")).Where(Directory.Exists).Take(1))
        {
            foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
            {
                try
                {
                    recipes.Add(StudioJson.Deserialize<Recipe>(File.ReadAllText(file)));
                }
                catch (JsonException)
                {
                    // A person's own file there may be something else.
                }
            }
        }

        return recipes;
    }

    internal static IReadOnlyList<OptionView> Views(Type options) =>
        [.. OptionSchema.Of(options).Select(f => new OptionView(f.Name, f.Kind, f.Nullable, f.Basic, f.Min, f.Max, f.MinExclusive, f.Choices, f.Default, f.Label, f.Help))];
}
