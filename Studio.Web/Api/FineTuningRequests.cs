using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Studio.Data;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary>
/// Reads the body of <c>POST /v1/fine_tuning/jobs</c>. What OpenAI does not know (rank, targets, schedule, ...) comes in <c>lora</c>, in
/// <c>recipe</c>, or as metadata with keys such as <c>lora.r</c> and <c>recipe.data.max_length</c>.
/// </summary>
internal static class FineTuningRequests
{
    private const double StandardLearningRate = 2e-4;
    private const string Auto = "auto";

    internal static readonly string[] Reinforcing = ["grpo", "rloo", "ppo"];

    // The words of the API and of PEFT for the same option.
    private static readonly Dictionary<string, string> LoraNames = new(StringComparer.Ordinal)
    {
        ["rank"] = "r",
        ["alpha"] = "lora_alpha",
        ["dropout"] = "lora_dropout",
        ["targets"] = "target_modules",
    };

    private static readonly JsonSerializerOptions Strict = new(StudioJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="RequestException">400 with the parameter that is at fault, 404 for an unknown model.</exception>
    public static JobRequest Read(JsonObject body, StudioDatabase database, string? ownerId)
    {
        var modelName = body.RequiredText("model");
        var trainingFile = body.RequiredText("training_file");
        var metadata = Metadata(body);
        var adapter = database.Adapters.List(a => a.ModelName == modelName, limit: 1).FirstOrDefault();
        var model = adapter is not null ? database.BaseModels.Get(adapter.BaseModelId) : database.BaseModels.List(m => m.Name == modelName, limit: 1).FirstOrDefault();
        if (model is null)
        {
            throw new RequestException(404, "model_not_found", $"The model '{modelName}' does not exist.") { Param = "model" };
        }

        if (body["integrations"] is JsonArray { Count: > 0 })
        {
            throw RequestException.Invalid("integrations", "Integrations are not supported: this server sends nothing to other services.");
        }

        var recipe = Recipe(body, metadata);
        if (body.Integer("seed", 0, int.MaxValue) is { } seed)
        {
            recipe = recipe with { Optimization = recipe.Optimization with { Seed = seed } };
        }

        return new JobRequest
        {
            BaseModelId = model.Id,
            StartAdapterId = adapter?.Id,
            TrainingFileId = trainingFile,
            ValidationFileId = body.Text("validation_file") is { Length: > 0 } validation ? validation : null,
            Suffix = body.Text("suffix", 64) is { Length: > 0 } suffix ? suffix : null,
            Recipe = recipe,
            Metadata = metadata,
            OwnerId = ownerId,
        };
    }

    private static Recipe Recipe(JsonObject body, IReadOnlyDictionary<string, string> metadata)
    {
        var recipe = (JsonObject)JsonSerializer.SerializeToNode(new Recipe(), StudioJson.Options)!;
        if (body.Object("recipe") is { } given)
        {
            Merge(recipe, given, "recipe");
        }

        if (body.Object("lora") is { } lora)
        {
            Merge(recipe, new JsonObject { ["lora"] = Renamed(lora) }, "");
        }

        foreach (var (key, value) in metadata)
        {
            FromMetadata(recipe, key, value);
        }

        Method(recipe, body);
        try
        {
            return recipe.Deserialize<Recipe>(Strict)!;
        }
        catch (JsonException fault)
        {
            var place = (fault.Path ?? "$").Replace("$", "recipe", StringComparison.Ordinal);
            throw RequestException.Invalid(place, $"'{place}' is unknown or has the wrong type.");
        }
    }

    private static void Method(JsonObject recipe, JsonObject body)
    {
        var method = body.Object("method");
        var type = method?.Text("type") ?? (method is null ? null : throw RequestException.Invalid("method.type", "Missing required parameter: 'method.type'.", "missing_required_parameter"));
        var name = type switch
        {
            null => recipe["method"]?.GetValue<string>() ?? "sft",
            "supervised" => "sft",
            "dpo" => "dpo",
            "reinforcement" => Reinforcing.Contains(recipe["method"]?.GetValue<string>()) ? recipe["method"]!.GetValue<string>() : "grpo",
            _ => throw RequestException.Invalid("method.type", $"The method '{type}' is not supported. Use 'supervised', 'dpo' or 'reinforcement'."),
        };
        if (TrainingMethods.Find(name) is null)
        {
            throw RequestException.Invalid("method.type", $"The method '{type ?? name}' is not available in this version.");
        }

        recipe["method"] = name;
        if (type == "reinforcement")
        {
            ReinforcementRequests.Read(recipe, method!.Object(type) ?? throw RequestException.Invalid("method.reinforcement", "Missing required parameter: 'method.reinforcement'.", "missing_required_parameter"));
        }

        var place = type is null ? "hyperparameters" : $"method.{type}.hyperparameters";
        var numbers = (type is null ? null : method!.Object(type)?.Object("hyperparameters")) ?? body.Object("hyperparameters");
        if (numbers is null)
        {
            return;
        }

        var optimization = (JsonObject)recipe["optimization"]!;
        if (Number(numbers, "n_epochs", place, 1e-3, 1000) is { } epochs)
        {
            optimization["num_train_epochs"] = epochs;
        }

        if (Number(numbers, "batch_size", place, 1, 4096) is { } batch)
        {
            // The answers to one prompt make a micro-batch of reinforcement; a batch is counted in prompts.
            optimization[type == "reinforcement" ? "gradient_accumulation_steps" : "per_device_train_batch_size"] = batch == Math.Floor(batch) ? (int)batch : throw RequestException.Invalid($"{place}.batch_size", "'batch_size' must be an integer.");
        }

        if (Number(numbers, "learning_rate_multiplier", place, 1e-6, 1000) is { } multiplier)
        {
            optimization["learning_rate"] = (type == "reinforcement" ? ReinforcementRequests.StandardLearningRate : StandardLearningRate) * multiplier;
        }

        if (Number(numbers, "beta", place, 0, 2) is { } beta)
        {
            if (name != "dpo")
            {
                throw RequestException.Invalid($"{place}.beta", "'beta' belongs to the method 'dpo'.");
            }

            ((JsonObject)recipe["method_options"]!)["beta"] = beta;
        }
    }

    /// <summary>A number, or null for "auto" and for what is missing.</summary>
    internal static double? Number(JsonObject numbers, string name, string place, double low, double high)
    {
        if (numbers[name] is not { } node || (node is JsonValue word && word.GetValueKind() == JsonValueKind.String && word.GetValue<string>() == Auto))
        {
            return null;
        }

        return node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) && number >= low && number <= high
            ? number
            : throw RequestException.Invalid($"{place}.{name}", FormattableString.Invariant($"'{name}' must be \"auto\" or a number from {low} to {high}."));
    }

    private static IReadOnlyDictionary<string, string> Metadata(JsonObject body)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach (var (key, node) in body.Object("metadata") ?? [])
        {
            metadata[key] = node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : throw RequestException.Invalid($"metadata.{key}", "The values of 'metadata' must be strings.");
        }

        return metadata;
    }

    private static void FromMetadata(JsonObject recipe, string key, string value)
    {
        var path = key.StartsWith("recipe.", StringComparison.Ordinal) ? key["recipe.".Length..] : key.StartsWith("lora.", StringComparison.Ordinal) ? key : null;
        if (path?.Split('.') is not [var section, var option])
        {
            return;
        }

        JsonNode? parsed;
        try
        {
            parsed = JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            parsed = value;
        }

        var given = new JsonObject { [option] = option is "target_modules" or "targets" && parsed is not JsonArray ? new JsonArray([.. value.Split(',').Select(v => (JsonNode)v.Trim())]) : parsed };
        Merge(recipe, new JsonObject { [section] = section == "lora" ? Renamed(given) : given }, "metadata");
    }

    private static JsonObject Renamed(JsonObject lora)
    {
        var renamed = new JsonObject();
        foreach (var (name, value) in lora)
        {
            var known = LoraNames.GetValueOrDefault(name, name);
            renamed[known] = known == "target_modules" && value is JsonValue word && word.GetValueKind() == JsonValueKind.String ? new JsonArray(word.GetValue<string>()) : value?.DeepClone();
        }

        return renamed;
    }

    private static void Merge(JsonObject into, JsonObject from, string place)
    {
        foreach (var (name, value) in from)
        {
            if (into[name] is JsonObject inner && name != "method_options")
            {
                Merge(inner, value as JsonObject ?? throw RequestException.Invalid($"{place}.{name}".TrimStart('.'), $"'{name}' must be an object."), $"{place}.{name}");
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }
}
