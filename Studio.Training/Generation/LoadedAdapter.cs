using Studio.Training.Lora;

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

    public void Dispose() => Lora.Dispose();
}
