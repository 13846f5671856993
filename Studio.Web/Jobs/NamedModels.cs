using System.Text.Json.Nodes;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>Options of a recipe that name a registered model (a teacher, a reward model): what may be named, and the folder behind a name.</summary>
internal static class NamedModels
{
    /// <summary>Names that an option may take on a base model, newest first.</summary>
    /// <param name="kind">writer or reward, as <see cref="OptionField.Model"/> says.</param>
    public static IReadOnlyList<string> For(string kind, string? baseModelId, StudioDatabase database)
    {
        var adapters = database.Adapters.List(a => a.BaseModelId == baseModelId && Fits(a, kind)).OrderByDescending(a => a.CreatedAt).Select(a => a.ModelName);
        var bases = kind == "reward" ? [] : database.BaseModels.List(m => m.State == BaseModelState.Ready && m.Id != baseModelId).Select(m => m.Name);
        return [.. adapters.Concat(bases).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The same for every option of a recipe's method that names a model, by option name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Suggestions(Recipe recipe, string? baseModelId, StudioDatabase database) =>
        TrainingMethods.Find(recipe.Method) is { } method
            ? OptionSchema.Of(method.OptionsType).Where(f => f.Model.Length > 0).ToDictionary(f => f.Name, f => For(f.Model, baseModelId, database), StringComparer.Ordinal)
            : new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Every option whose name stands for no model that it can use.</summary>
    public static IEnumerable<Problem> Check(Recipe recipe, string baseModelId, StudioDatabase database)
    {
        foreach (var (field, name) in Named(recipe))
        {
            if (Find(name, field.Model, baseModelId, database) is null)
            {
                yield return new Problem("unknown_model", Severity.Fatal, $"method_options.{field.Name} is \"{name}\", and there is no {(field.Model == "reward" ? "reward adapter of this base model" : "adapter of this base model and no base model")} of that name.", "Choose one from the list.") { Field = $"method_options.{field.Name}" };
            }
        }
    }

    /// <summary>The recipe with folders in the place of names, as the trainer wants it.</summary>
    /// <exception cref="InvalidDataException">A model was deleted meanwhile.</exception>
    public static Recipe Resolve(Recipe recipe, string baseModelId, StudioDatabase database, StudioPaths paths)
    {
        var options = (JsonObject)recipe.MethodOptions.DeepClone();
        foreach (var (field, name) in Named(recipe))
        {
            options[field.Name] = Find(name, field.Model, baseModelId, database) switch
            {
                Adapter adapter => paths.Resolve(adapter.Folder),
                BaseModel model => model.Path,
                _ => throw new InvalidDataException($"The model {name} that the recipe names was deleted."),
            };
        }

        return recipe with { MethodOptions = options };
    }

    private static IEnumerable<(OptionField Field, string Name)> Named(Recipe recipe)
    {
        foreach (var field in TrainingMethods.Find(recipe.Method) is { } method ? OptionSchema.Of(method.OptionsType).Where(f => f.Model.Length > 0) : [])
        {
            if (recipe.MethodOptions[field.Name] is JsonValue value && value.TryGetValue<string>(out var name) && !string.IsNullOrWhiteSpace(name))
            {
                yield return (field, name.Trim());
            }
        }
    }

    private static object? Find(string name, string kind, string baseModelId, StudioDatabase database) =>
        (object?)database.Adapters.List(a => (a.Id == name || a.ModelName == name) && a.BaseModelId == baseModelId && Fits(a, kind), limit: 1).FirstOrDefault()
        ?? (kind == "reward" ? null : database.BaseModels.List(m => (m.Id == name || m.Name == name) && m.State == BaseModelState.Ready, limit: 1).FirstOrDefault());

    private static bool Fits(Adapter adapter, string kind) => kind == "reward" ? adapter.Kind == AdapterLibrary.Reward : adapter.Kind is not (AdapterLibrary.Reward or AdapterLibrary.Full);
}
