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

            var match = Key().Match(rest);
            if (!match.Success)
            {
                throw new AdapterException($"{WeightsFile}: {name} is not a LoRA tensor that is supported (linear A, B, bias, magnitude).");
            }

            var suffix = match.Groups["factor"].Value switch
            {
                "lora_magnitude_vector" => "lora_magnitude_vector",
                var factor => $"{factor}.{match.Groups["leaf"].Value}",
            };
            if (!tensors.TryAdd((match.Groups["module"].Value, suffix), file.Read(name)))
            {
                throw new AdapterException($"{WeightsFile}: {name} is there twice.");
            }
        }

        if (tensors.Count == 0)
        {
            throw new AdapterException($"{WeightsFile} holds no LoRA tensors.");
        }

        return LoraAdapter.FromTensors(model, config, tensors);
    }

    /// <summary>Writes the folder; PEFT loads it with <c>PeftModel.from_pretrained</c>.</summary>
    /// <param name="card">Text of README.md; null writes none.</param>
    public static void Write(string folder, LoraAdapter adapter, string? card)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ConfigFile), adapter.Config.Write().ToJsonString(Indented));
        SafeTensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            adapter.Parameters().Select(p => (Prefix + p.Name, (Tensor)p.Parameter)),
            new Dictionary<string, string> { ["format"] = "pt" });
        if (card is not null)
        {
            File.WriteAllText(Path.Combine(folder, "README.md"), card);
        }
    }

    // A file saved without PEFT's renaming still carries the adapter's name before the leaf: lora_A.default.weight.
    [GeneratedRegex(@"^(?<module>.+)\.(?<factor>lora_A|lora_B|lora_magnitude_vector)(?:\.(?!weight$|bias$)[^.]+)?(?:\.(?<leaf>weight|bias))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
