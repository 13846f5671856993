
namespace Studio.Training.Models;

/// <summary>All families that Studio can train and serve.</summary>
public static class ModelFamilies
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        Llama.Family,
        Mistral.Family,
        Mixtral.Family,
        Qwen2.Family,
        Qwen3.Family,
        Gemma2.Family,
        Bloom.Family,
        Gpt2.Family,
    ];

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static ModelFamily? Find(string modelType) => All.FirstOrDefault(f => f.ModelTypes.Contains(modelType, StringComparer.Ordinal));

    /// <exception cref="InvalidDataException">No family reads this model type.</exception>
    public static ModelFamily For(string modelType) => Find(modelType)
        ?? throw new InvalidDataException($"config.json: model_type '{modelType}' is not supported; supported are {string.Join(", ", All.SelectMany(f => f.ModelTypes).Order(StringComparer.Ordinal))}");

    /// <summary>The family of a GGUF file.</summary>
    /// <exception cref="InvalidDataException">No family reads this architecture.</exception>
    public static ModelFamily For(GgufKeys keys) =>
        All.FirstOrDefault(f => f.Gguf is { } mapping && mapping.Architectures.Contains(keys.Architecture, StringComparer.Ordinal) && mapping.Matches(keys))
        ?? throw new InvalidDataException($"{keys.Path}: architecture '{keys.Architecture}' is not supported; supported are {string.Join(", ", All.Where(f => f.Gguf is not null).SelectMany(f => f.Gguf!.Architectures).Distinct().Order(StringComparer.Ordinal))}");
}
