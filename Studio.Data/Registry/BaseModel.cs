using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Data.Registry;

public enum BaseModelState
{
    Inspecting,
    Ready,

    /// <summary>The files are no longer where they were.</summary>
    Missing,

    /// <summary>Studio cannot load it; <see cref="BaseModel.Problem"/> says why.</summary>
    Refused,
}

/// <summary>A base model on disk and what was read from it by <c>Studio.Training inspect</c>.</summary>
public sealed record BaseModel : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Unique; also the <c>model</c> name of the API.</summary>
    public required string Name { get; init; }

    /// <summary>Full path of a Hugging Face folder or a GGUF file.</summary>
    public required string Path { get; init; }

    public bool Bundled { get; init; }

    public BaseModelState State { get; init; } = BaseModelState.Inspecting;

    public string? Problem { get; init; }

    public string? Licence { get; init; }

    /// <summary>What the trainer read; null until inspected.</summary>
    public ModelFacts? Facts { get; init; }

    /// <summary>The model as specs name it: with the hash it must have, once that is known.</summary>
    public ModelReference ToReference() => new(Id, Name, Path, Facts?.Sha256 is { Length: > 0 } hash ? hash : null);
}

/// <summary>The answer of <c>Studio.Training inspect MODEL</c> (one JSON object on standard output).</summary>
public sealed record ModelFacts
{
    /// <summary>gguf or huggingface.</summary>
    public required string Format { get; init; }

    /// <summary>model_type of config.json, e.g. llama.</summary>
    public required string ModelType { get; init; }

    public string? Name { get; init; }

    public long Parameters { get; init; }

    public int Layers { get; init; }

    public int HiddenSize { get; init; }

    public int Heads { get; init; }

    public int KeyValueHeads { get; init; }

    public int VocabularySize { get; init; }

    /// <summary>max_position_embeddings, in tokens.</summary>
    public int ContextLength { get; init; }

    /// <summary>Type of the weights on disk, e.g. q4_1, bf16.</summary>
    public string WeightType { get; init; } = "";

    public long SizeBytes { get; init; }

    /// <summary>SHA-256 over the weight file(s).</summary>
    public string Sha256 { get; init; } = "";

    public bool HasChatTemplate { get; init; }

    public string? ChatTemplateSha256 { get; init; }

    /// <summary>Module names LoRA adapts by default, and all linear ones.</summary>
    public IReadOnlyList<string> LoraDefaultTargets { get; init; } = [];

    public IReadOnlyList<string> LinearModules { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public string? Licence { get; init; }
}
