using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>
/// A PEFT adapter folder: <c>adapter_config.json</c>, <c>adapter_model.safetensors</c>, <c>README.md</c>.
/// </summary>
public static partial class AdapterFolder
{
    public const string ConfigFile = "adapter_config.json";
    public const string WeightsFile = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a folder and hangs its adapter on the model.</summary>
    /// <param name="warn">Told what is ignored (unknown configuration keys).</param>
    /// <exception cref="AdapterException">The folder is not whole, does not fit the model, or is of a kind that is not supported; the message says which.</exception>
    public static LoraAdapter Load(CausalLm model, string folder, Action<string>? warn = null)
    {
        var adapter = Read(model, folder, warn);
        adapter.Attach();
        return adapter;
    }

    /// <inheritdoc cref="Load"/>
    /// <summary>Reads a folder; the adapter fits the model but is not hung on it yet.</summary>
    public static LoraAdapter Read(CausalLm model, string folder, Action<string>? warn = null)
    {
        var config = LoraConfig.Read(Path.Combine(folder, ConfigFile));
        if (config.UnknownKeys.Count > 0)
        {
            warn?.Invoke($"adapter_config.json: unknown keys are kept and ignored: {string.Join(", ", config.UnknownKeys)}");
        }

        var weights = Path.Combine(folder, WeightsFile);
        if (!File.Exists(weights))
        {
            throw new AdapterException(File.Exists(Path.Combine(folder, "adapter_model.bin"))
                ? "The adapter is stored as adapter_model.bin, a pickle, which can run code and is never opened; save it as safetensors first (PEFT: save_pretrained with safe_serialization)."
                : $"{WeightsFile} is missing; an adapter folder holds adapter_config.json and adapter_model.safetensors.");
        }

        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(weights);
        Dictionary<(string, string), Tensor> tensors = [];
        Dictionary<string, Tensor> saved = new(StringComparer.Ordinal);
        Dictionary<string, Tensor> biases = new(StringComparer.Ordinal);
        foreach (var name in file.Entries.Keys)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                throw new AdapterException($"{WeightsFile}: {name} does not begin with {Prefix}; the file was not written by PEFT.");
            }

            var rest = name[Prefix.Length..];
            if (rest.EndsWith(".base_layer.weight", StringComparison.Ordinal))
            {
                // PEFT stores the base matrix beside an adapted head or embedding; the base model already has it.
                continue;
            }

            if (SavedName(rest, config) is { } whole)
            {
                saved[whole] = file.Read(name);
                continue;
            }

            if (config.Bias != "none" && rest.EndsWith(".bias", StringComparison.Ordinal) && !rest.Contains(".lora_", StringComparison.Ordinal))
            {
                biases[rest] = file.Read(name);
                continue;
            }

            var match = Key().Match(rest);
            if (!match.Success)
            {
                throw new AdapterException($"{WeightsFile}: {name} is not a tensor of a LoRA adapter that is supported.");
            }

            var suffix = match.Groups["factor"].Value switch
            {
                "lora_magnitude_vector" or "lora_embedding_A" or "lora_embedding_B" or "token_adapter.trainable_tokens_delta" => match.Groups["factor"].Value,
                var factor => $"{factor}.{match.Groups["leaf"].Value}",
            };
            if (!tensors.TryAdd((match.Groups["module"].Value, suffix), file.Read(name)))
            {
                throw new AdapterException($"{WeightsFile}: {name} is there twice.");
            }
        }

        if (tensors.Count == 0 && biases.Count == 0)
        {
            throw new AdapterException($"{WeightsFile} holds no LoRA tensors.");
        }

        var adapter = LoraAdapter.FromTensors(model, config, tensors, saved, biases);
        foreach (var tensor in adapter.Saved.Values)
        {
            tensor.DetachFromDisposeScope();
        }

        return adapter;
    }

    /// <summary>Writes the folder; PEFT loads it with <c>PeftModel.from_pretrained</c>.</summary>
    /// <param name="card">Text of README.md; null writes none.</param>
    /// <param name="taskType">What the adapted model does; null keeps what the adapter says.</param>
    /// <param name="modules">Whole modules saved beside it, by tensor name (<c>score.weight</c>).</param>
    public static void Write(string folder, LoraAdapter adapter, string? card, string? taskType = null, IReadOnlyList<(string Name, Tensor Tensor)>? modules = null)
    {
        Directory.CreateDirectory(folder);
        modules ??= [];
        var config = adapter.Config with
        {
            TaskType = taskType ?? adapter.Config.TaskType,
            ModulesToSave = modules.Count == 0 ? adapter.Config.ModulesToSave : [.. modules.Select(m => m.Name[..m.Name.LastIndexOf('.')]).Distinct(StringComparer.Ordinal)],
        };
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.Write().ToJsonString(Indented));
        SafeTensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            adapter.Parameters().Select(p => (Prefix + p.Name, (Tensor)p.Parameter)).Concat(modules.Select(m => (Prefix + m.Name, m.Tensor))),
            new Dictionary<string, string> { ["format"] = "pt" });
        if (card is not null)
        {
            File.WriteAllText(Path.Combine(folder, "README.md"), card);
        }
    }

    /// <summary>The name of a tensor of a module that is saved whole, without PEFT's wrapper; null for all others.</summary>
    private static string? SavedName(string name, LoraConfig config)
    {
        if (config.ModulesToSave.Count == 0 || name.Contains(".lora_", StringComparison.Ordinal) || name.Contains(".token_adapter.", StringComparison.Ordinal))
        {
            return null;
        }

        // PEFT takes every module whose path ends in one of the names: "norm" means each layer norm too.
        var plain = Wrapper().Replace(name, "");
        var dot = plain.LastIndexOf('.');
        return dot > 0 && config.ModulesToSave.Any(m => plain.AsSpan(0, dot).EndsWith(m, StringComparison.Ordinal)) ? plain : null;
    }

    [GeneratedRegex(@"\.modules_to_save\.[^.]+", RegexOptions.CultureInvariant)]
    private static partial Regex Wrapper();

    // A file saved without PEFT's renaming still carries the adapter's name before the leaf: lora_A.default.weight.
    [GeneratedRegex(@"^(?<module>.+)\.(?<factor>lora_A|lora_B|lora_magnitude_vector|lora_embedding_A|lora_embedding_B|token_adapter\.trainable_tokens_delta)(?:\.(?!weight$|bias$)[^.]+)?(?:\.(?<leaf>weight|bias))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
