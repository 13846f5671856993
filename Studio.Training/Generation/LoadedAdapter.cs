using System.Security.Cryptography;
using Studio.Training.Layers;
using Studio.Training.Lora;
using Studio.Training.Serving;
using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>An adapter that is resident in the engine.</summary>
internal sealed class LoadedAdapter(string name, string folder, string sha256, LoraAdapter lora) : IDisposable
{
    public string Name { get; } = name;

    public string Folder { get; } = folder;

    /// <summary>SHA-256 of its weights file.</summary>
    public string Sha256 { get; } = sha256;

    public LoraAdapter Lora { get; } = lora;

    /// <summary>Modules by checkpoint name.</summary>
    public IReadOnlyDictionary<string, LoraLinear> Modules { get; } = lora.Modules.ToDictionary(m => m.Name, StringComparer.Ordinal);

    /// <summary>
    /// True when several adapters can share one batch with it: plain low-rank products on projections that see whole rows. Experts see tokens without their rows.
    /// </summary>
    public bool Batches { get; } = lora.Parts.Count == 0 && lora.Modules.All(m => m.Magnitude is null && m.Bias is null && m.BaseBias is null && !m.Name.Contains(".experts.", StringComparison.Ordinal));

    /// <summary>Reads a PEFT folder.</summary>
    /// <param name="sha256">What the weights file must hash to; null takes any.</param>
    /// <exception cref="ApiFault">Not an adapter of this base, or another hash than expected.</exception>
    public static LoadedAdapter Load(CausalLm model, string name, string folder, string? sha256)
    {
        if (!Directory.Exists(folder))
        {
            throw new ApiFault(400, $"There is no adapter folder {folder}.", "lora_path");
        }

        try
        {
            string hash;
            using (var weights = File.OpenRead(Path.Combine(folder, AdapterFolder.WeightsFile)))
            {
                hash = Convert.ToHexStringLower(SHA256.HashData(weights));
            }

            if (sha256 is not null && !string.Equals(hash, sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new ApiFault(409, $"The adapter {name} has changed on disk since it was registered (SHA-256 {hash} instead of {sha256}); it is not served.", "lora_path", "adapter_hash_mismatch");
            }

            using var scope = NewDisposeScope();
            var lora = AdapterFolder.Read(model, folder);
            if (lora.Saved.Count > 0)
            {
                lora.Dispose();
                throw new AdapterException("it is a reward model, which scores answers and does not write them.");
            }

            foreach (var (_, parameter) in lora.Modules.SelectMany(m => m.Tensors()))
            {
                parameter.DetachFromDisposeScope();
            }

            return new LoadedAdapter(name, folder, hash, lora);
        }
        catch (Exception fault) when (fault is AdapterException or IOException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new ApiFault(400, $"The adapter {name} cannot be loaded: {fault.Message}", "lora_path");
        }
    }

    public void Dispose() => Lora.Dispose();
}
