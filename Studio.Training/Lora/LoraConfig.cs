using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Lora;

/// <summary>
/// <c>adapter_config.json</c> of a LoRA adapter with PEFT's names and defaults. Keys this build does not know are kept and written back.
/// </summary>
public sealed record LoraConfig
{
    public string? BaseModel { get; init; }

    public int R { get; init; } = 8;

    public double Alpha { get; init; } = 8;

    public double Dropout { get; init; }

    public bool UseRslora { get; init; }

    public bool UseDora { get; init; }

    /// <summary>B has a bias, scaled like the rest of the delta.</summary>
    public bool LoraBias { get; init; }

    /// <summary>True for layers that store their weight as (in, out), GPT-2's Conv1D; informational, the layer itself knows.</summary>
    public bool FanInFanOut { get; init; }

    /// <summary>none, all or lora_only: which biases of the base are trained copies.</summary>
    public string Bias { get; init; } = "none";

    /// <summary>Null takes the default of the model type.</summary>
    public ModuleMatch? TargetModules { get; init; }

    public ModuleMatch? ExcludeModules { get; init; }

    /// <summary>Layer numbers; null adapts every layer.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Names of the layer list (<c>layers</c>, <c>h</c>); empty takes any list.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Modules that are trained and stored whole.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Embedding module (a name or dotted suffix) to the ids of the rows that were trained; an empty name means the token embedding.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<long>>> TrainedTokens { get; init; } = [];

    /// <summary>CAUSAL_LM, SEQ_CLS or TOKEN_CLS: what the adapted model does.</summary>
    public string TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>Rank by module, first match wins in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Alpha by module, first match wins in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>The file as read; empty for a fresh adapter.</summary>
    public JsonObject Source { get; init; } = [];

    /// <summary>Keys this build does not know.</summary>
    public IReadOnlyList<string> UnknownKeys { get; init; } = [];

    // Name and default of every key of PEFT 0.20; written in sorted order as PEFT does.
    private static readonly SortedDictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["alora_invocation_tokens"] = "null", ["alpha_pattern"] = "{}", ["arrow_config"] = "null", ["auto_mapping"] = "null", ["base_model_name_or_path"] = "null",
        ["bias"] = "\"none\"", ["corda_config"] = "null", ["ensure_weight_tying"] = "false", ["eva_config"] = "null", ["exclude_modules"] = "null",
        ["fan_in_fan_out"] = "false", ["inference_mode"] = "true", ["init_lora_weights"] = "true", ["kasa_config"] = "null", ["layer_replication"] = "null",
        ["layers_pattern"] = "null", ["layers_to_transform"] = "null", ["loftq_config"] = "{}", ["lora_alpha"] = "8", ["lora_bias"] = "false",
        ["lora_dropout"] = "0.0", ["lora_ga_config"] = "null", ["megatron_config"] = "null", ["megatron_core"] = "\"megatron.core\"", ["modules_to_save"] = "null",
        ["monteclora_config"] = "null", ["peft_type"] = "\"LORA\"", ["peft_version"] = "\"0.20.0\"", ["qalora_group_size"] = "16", ["r"] = "8", ["rank_pattern"] = "{}",
        ["revision"] = "null", ["target_modules"] = "null", ["target_parameters"] = "null", ["task_type"] = "\"CAUSAL_LM\"", ["trainable_token_indices"] = "null",
        ["use_bdlora"] = "null", ["use_dora"] = "false", ["use_qalora"] = "false", ["use_rslora"] = "false", ["velora_config"] = "null", ["runtime_config"] = "null",
    };

    // Left out of new files: releases of PEFT before 0.18 refuse keys they do not know, and these carry nothing here.
    private static readonly HashSet<string> TooNew = new(StringComparer.Ordinal)
    {
        "alora_invocation_tokens", "arrow_config", "ensure_weight_tying", "kasa_config", "lora_ga_config", "monteclora_config", "peft_version", "use_bdlora", "velora_config", "runtime_config", "target_parameters",
    };

    // Kinds of adapters that change the computation; each is refused by name unless it is absent or off.
    private static readonly (string Key, string What)[] Refused =
    [
        ("alora_invocation_tokens", "activated LoRA (alora_invocation_tokens)"),
        ("target_parameters", "adapters on bare parameters (target_parameters)"),
        ("layer_replication", "replicated layers (layer_replication)"),
        ("use_qalora", "QA-LoRA (use_qalora)"),
        ("use_bdlora", "block-diagonal LoRA (use_bdlora)"),
        ("arrow_config", "Arrow routing (arrow_config)"),
        ("eva_config", "EVA initialisation (eva_config)"),
        ("corda_config", "CorDA initialisation (corda_config)"),
        ("megatron_config", "Megatron layers (megatron_config)"),
    ];

    /// <exception cref="AdapterException">It is not a LoRA configuration, or one of a kind this build cannot compute.</exception>
    public static LoraConfig Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new AdapterException($"{Path.GetFileName(path)} is missing; an adapter folder holds adapter_config.json and adapter_model.safetensors.");
        }

        JsonObject json;
        try
        {
            json = JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions { MaxDepth = 32 }) as JsonObject ?? throw new JsonException("not an object");
        }
        catch (JsonException fault)
        {
            throw new AdapterException($"adapter_config.json is not valid JSON: {fault.Message}");
        }

        return Read(json);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static LoraConfig Read(JsonObject json)
    {
        var type = Text(json, "peft_type") ?? "LORA";
        if (!string.Equals(type, "LORA", StringComparison.OrdinalIgnoreCase))
        {
            throw new AdapterException($"This is a {type} adapter; only LoRA adapters (peft_type LORA) can be used.");
        }

        foreach (var (key, what) in Refused)
        {
            if (IsOn(json[key]))
            {
                throw new AdapterException($"The adapter uses {what}, which is not supported.");
            }
        }

        string[] saved = json["modules_to_save"] is JsonArray names ? [.. names.OfType<JsonValue>().Select(n => n.TryGetValue<string>(out var name) ? name : "").Distinct(StringComparer.Ordinal)] : [];
        var bias = Text(json, "bias") ?? "none";
        if (bias is not ("none" or "lora_only" or "all"))
        {
            throw new AdapterException($"adapter_config.json: bias is \"{bias}\"; PEFT knows none, lora_only and all.");
        }

        if (json["init_lora_weights"] is JsonValue init && init.TryGetValue<string>(out var kind)
            && (kind.StartsWith("pissa", StringComparison.OrdinalIgnoreCase) || kind.Equals("olora", StringComparison.OrdinalIgnoreCase) || kind.Equals("corda", StringComparison.OrdinalIgnoreCase)))
        {
            throw new AdapterException($"The adapter was made with {kind} initialisation, which changes the base weights; convert it to plain LoRA first (PEFT: path_initial_model_for_weight_conversion).");
        }

        return new LoraConfig
        {
            BaseModel = Text(json, "base_model_name_or_path"),
            R = (int)Number(json, "r", 8),
            Alpha = Number(json, "lora_alpha", 8),
            Dropout = Number(json, "lora_dropout", 0),
            UseRslora = Flag(json, "use_rslora"),
            UseDora = Flag(json, "use_dora"),
            LoraBias = Flag(json, "lora_bias"),
            FanInFanOut = Flag(json, "fan_in_fan_out"),
            Bias = bias,
            ModulesToSave = saved,
            TrainedTokens = json["trainable_token_indices"] switch
            {
                null => [],
                JsonArray list => [KeyValuePair.Create("", Ids(list))],
                JsonObject map => [.. map.Select(p => KeyValuePair.Create(p.Key, Ids(p.Value as JsonArray)))],
                _ => throw new AdapterException("adapter_config.json: trainable_token_indices is neither a list of ids nor a map of modules to ids."),
            },
            TaskType = Text(json, "task_type") ?? "CAUSAL_LM",
            TargetModules = ModuleMatch.Read(json["target_modules"], "target_modules"),
            ExcludeModules = ModuleMatch.Read(json["exclude_modules"], "exclude_modules") is { } excluded && (excluded.Pattern is { Length: > 0 } || excluded.Names.Count > 0) ? excluded : null,
            LayersToTransform = json["layers_to_transform"] switch
            {
                null => null,
                JsonArray { Count: 0 } => null,
                JsonArray list => [.. list.Select(n => (int)ToNumber(n, "layers_to_transform"))],
                var one => [(int)ToNumber(one, "layers_to_transform")],
            },
            LayersPattern = json["layers_pattern"] switch
            {
                null => [],
                JsonArray list => [.. list.Select(n => n!.GetValue<string>())],
                JsonValue one when one.TryGetValue<string>(out var name) && name.Length > 0 => [name],
                _ => [],
            },
            RankPattern = [.. Pairs(json, "rank_pattern").Select(p => KeyValuePair.Create(p.Key, (int)p.Value))],
            AlphaPattern = [.. Pairs(json, "alpha_pattern")],
            Source = (JsonObject)json.DeepClone(),
            UnknownKeys = [.. json.Select(p => p.Key).Where(k => !Known.ContainsKey(k))],
        }.Checked();
    }

    /// <summary>The JSON that PEFT reads back; with the keys of <see cref="Source"/> that this build does not interpret.</summary>
    public JsonObject Write()
    {
        SortedDictionary<string, JsonNode?> all = new(StringComparer.Ordinal);
        foreach (var (key, value) in Known)
        {
            if (!TooNew.Contains(key))
            {
                all[key] = JsonNode.Parse(value);
            }
        }

        foreach (var (key, value) in Source)
        {
            if (key != "runtime_config")
            {
                all[key] = value?.DeepClone();
            }
        }

        all["base_model_name_or_path"] = BaseModel;
        all["r"] = R;
        all["lora_alpha"] = Number(Alpha);
        all["lora_dropout"] = Dropout == 0 ? JsonNode.Parse("0.0") : Dropout;
        all["use_rslora"] = UseRslora;
        all["use_dora"] = UseDora;
        all["lora_bias"] = LoraBias;
        all["fan_in_fan_out"] = FanInFanOut;
        all["bias"] = Bias;
        all["modules_to_save"] = ModulesToSave.Count == 0 ? null : new JsonArray([.. ModulesToSave.Select(n => (JsonNode?)n)]);
        all["task_type"] = TaskType;
        all["target_modules"] = TargetModules?.Write();
        all["exclude_modules"] = ExcludeModules?.Write();
        all["layers_to_transform"] = LayersToTransform is null ? null : new JsonArray([.. LayersToTransform.Select(n => (JsonNode?)n)]);
        all["layers_pattern"] = LayersPattern.Count == 0 ? null : new JsonArray([.. LayersPattern.Select(n => (JsonNode?)n)]);
        all["rank_pattern"] = new JsonObject(RankPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        all["alpha_pattern"] = new JsonObject(AlphaPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Number(p.Value))));
        all["inference_mode"] = true;
        return new JsonObject(all);
    }

    /// <summary>True when <paramref name="module"/> gets an adapter under <paramref name="targets"/> (PEFT's rules, in PEFT's order).</summary>
    public bool Adapts(string module, ModuleMatch targets, bool isHead)
    {
        if (ExcludeModules?.Matches(module) == true)
        {
            return false;
        }

        if (targets.IsAllLinear)
        {
            return !isHead && InLayers(module);
        }

        // A regular expression already says which layers it means; PEFT applies the layer list to names only.
        return targets.Matches(module) && (targets.Pattern is not null || targets.Names.Contains(module) || InLayers(module));
    }

    /// <summary>Rank of a module.</summary>
    public int RankOf(string module) => First(RankPattern, module, R);

    /// <summary>What multiplies B A of a module: alpha / r, or alpha / sqrt(r) with rsLoRA.</summary>
    public double ScaleOf(string module)
    {
        var rank = RankOf(module);
        return First(AlphaPattern, module, Alpha) / (UseRslora ? Math.Sqrt(rank) : rank);
    }

    private bool InLayers(string module)
    {
        if (LayersToTransform is null)
        {
            return true;
        }

        string[] patterns = LayersPattern.Count == 0 ? [@"[^.]*"] : [.. LayersPattern];
        foreach (var pattern in patterns)
        {
            var match = ModuleMatch.Try(ModuleMatch.Compile(@"\A.*\." + pattern + @"\.(\d+)\."), module);
            if (match.Success)
            {
                return int.TryParse(match.Groups[^1].ValueSpan, CultureInfo.InvariantCulture, out var layer) && LayersToTransform.Contains(layer);
            }
        }

        return false;
    }

    private static T First<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string module, T otherwise)
    {
        foreach (var (key, value) in patterns)
        {
            if (ModuleMatch.Try(ModuleMatch.Compile(@"\A(.*\.)?(" + key + @")\z"), module).Success)
            {
                return value;
            }
        }

        return otherwise;
    }

    private LoraConfig Checked()
    {
        foreach (var rank in RankPattern.Select(p => p.Value).Prepend(R))
        {
            if (rank is < 1 or > 65536)
            {
                throw new AdapterException(string.Create(CultureInfo.InvariantCulture, $"adapter_config.json: a rank of {rank} is not possible."));
            }
        }

        return !double.IsFinite(Alpha) || AlphaPattern.Any(p => !double.IsFinite(p.Value)) || Dropout is < 0 or >= 1
            ? throw new AdapterException("adapter_config.json: lora_alpha must be finite and lora_dropout between 0 and 1.")
            : this;
    }

    private static bool IsOn(JsonNode? node) => node switch
    {
        null => false,
        JsonArray list => list.Count > 0,
        JsonObject map => map.Count > 0,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length > 0,
        _ => true,
    };

    private static IReadOnlyList<long> Ids(JsonArray? list) => [.. (list ?? []).Select(n => (long)ToNumber(n, "trainable_token_indices"))];

    private static string? Text(JsonObject json, string key) => json[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool Flag(JsonObject json, string key) => json[key] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    private static double Number(JsonObject json, string key, double otherwise) => json[key] is null ? otherwise : ToNumber(json[key], key);

    private static double ToNumber(JsonNode? node, string key) => node is JsonValue value && value.TryGetValue<double>(out var number)
        ? number
        : throw new AdapterException($"adapter_config.json: {key} is not a number.");

    private static IEnumerable<KeyValuePair<string, double>> Pairs(JsonObject json, string key) => json[key] switch
    {
        null => [],
        JsonObject map => map.Select(p => KeyValuePair.Create(p.Key, ToNumber(p.Value, key))),
        _ => throw new AdapterException($"adapter_config.json: {key} is not a map of module names."),
    };

    // PEFT writes whole alphas as integers.
    private static JsonNode Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e9 ? JsonValue.Create((long)value) : JsonValue.Create(value);
}
