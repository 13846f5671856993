
namespace Studio.Training.Models;

/// <summary>All families that Studio can train and serve.</summary>
public static class ModelFamilies
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        Llama.Family,
        Mistral.Family,
        Mixtral.Family,
        Ministral.Family,
        Ministral3.Family,
        Qwen2.Family,
        Qwen2Moe.Family,
        Qwen3.Family,
        Qwen3Moe.Family,
        Gemma.Family,
        Gemma2.Family,
        Gemma3.Family,
        VaultGemma.Family,
        Phi.Family,
        Phi3.Family,
        OpenAiGpt.Family,
        Gpt2.Family,
        GptNeo.Family,
        GptNeoX.Family,
        GptJ.Family,
        GptBigCode.Family,
        Bloom.Family,
        Falcon.Family,
        Mpt.Family,
        Opt.Family,
        Xglm.Family,
        BioGpt.Family,
        StableLm.Family,
        StarCoder2.Family,
        Olmo.Family,
        Olmo2.Family,
        Olmo3.Family,
        OlmoE.Family,
        Cohere.Family,
        Cohere2.Family,
        Granite.Family,
        Glm.Family,
        Glm4.Family,
        SmolLm3.Family,
        Nemotron.Family,
        SeedOss.Family,
        Arcee.Family,
        InternLm3.Family,
        Exaone4.Family,
        Ernie45.Family,
        Helium.Family,
        Cwm.Family,
        HunYuanDense.Family,
        HunYuanMoe.Family,
        NanoChat.Family,
        Persimmon.Family,
        BitNet.Family,
        Apertus.Family,
        CodeGen.Family,
        DeepSeekV2.Family,
        MiniCpm3.Family,
        Dots1.Family,
        Glm4Moe.Family,
        MiniMaxM2.Family,
        PhiMoe.Family,
        GraniteMoe.Family,
        GraniteMoeShared.Family,
        GptOss.Family,
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
