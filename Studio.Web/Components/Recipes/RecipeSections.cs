using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Recipes;

namespace Studio.Web.Components.Recipes;

/// <summary>One options record of a recipe: how to read it, and how a changed one goes back.</summary>
/// <param name="Name">Its name in the recipe file: lora, optimization, method_options, ...</param>
public sealed record RecipeSection(string Name, Func<Recipe, object> Read, Func<Recipe, object, Recipe> Write);

/// <summary>An option with its value in a recipe and the one it is compared with.</summary>
public sealed record RecipeValue(string Section, OptionField Field, object? Value, object? Other)
{
    public bool Differs => RecipeSections.Text(Value) != RecipeSections.Text(Other);
}

/// <summary>The sections of a recipe in the order in which people read them.</summary>
public static class RecipeSections
{
    public const string Method = "method_options";

    public static IReadOnlyList<RecipeSection> All { get; } =
    [
        new("optimization", r => r.Optimization, (r, o) => r with { Optimization = (OptimizationOptions)o }),
        new("lora", r => r.Lora, (r, o) => r with { Lora = (LoraOptions)o }),
        new("data", r => r.Data, (r, o) => r with { Data = (DataOptions)o }),
        new(Method, MethodOptions, (r, o) => r with { MethodOptions = Changed(o) }),
        new("evaluation", r => r.Evaluation, (r, o) => r with { Evaluation = (EvaluationOptions)o }),
        new("checkpoints", r => r.Checkpoints, (r, o) => r with { Checkpoints = (CheckpointOptions)o }),
        new("model", r => r.Model, (r, o) => r with { Model = (ModelOptions)o }),
    ];

    /// <summary>The recipe with every option of its method at the default.</summary>
    public static Recipe Defaults(Recipe recipe) => new() { Name = recipe.Name, Goal = recipe.Goal, Method = recipe.Method };

    /// <summary>Every option of a recipe beside the same option of another; options of different methods stand alone.</summary>
    public static IEnumerable<RecipeValue> Compare(Recipe recipe, Recipe other)
    {
        foreach (var section in All)
        {
            var (options, theirs) = (section.Read(recipe), section.Read(other));
            foreach (var field in OptionSchema.Of(options.GetType()))
            {
                yield return new RecipeValue(section.Name, field, field.Read(options), theirs.GetType() == options.GetType() ? field.Read(theirs) : null);
            }
        }
    }

    /// <summary>What differs from the defaults.</summary>
    public static IReadOnlyList<RecipeValue> Changes(Recipe recipe) => [.. Compare(recipe, Defaults(recipe)).Where(v => v.Differs)];

    /// <summary>A value as it is written in a recipe; empty for none.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        bool on => on ? "true" : "false",
        double number when number != 0 && Math.Abs(number) < 1e-3 => number.ToString("0.######e-0", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text,
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Text)),
        _ => value.ToString() ?? "",
    };

    private static object MethodOptions(Recipe recipe)
    {
        var method = TrainingMethods.Find(recipe.Method) ?? TrainingMethods.All[0];
        try
        {
            return method.Read(recipe.MethodOptions);
        }
        catch (JsonException)
        {
            // Options of another method: the check of the recipe names them; the form starts from the defaults.
            return method.Read([]);
        }
    }

    private static JsonObject Changed(object options)
    {
        var result = new JsonObject();
        foreach (var field in OptionSchema.Of(options.GetType()))
        {
            var value = field.Read(options);
            if (Text(value) != Text(field.Default))
            {
                result[field.Name] = JsonSerializer.SerializeToNode(value, StudioJson.Options);
            }
        }

        return result;
    }
}
