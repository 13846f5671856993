using Studio.Data.Store;

namespace Studio.Data.Registry;

/// <summary>A trained adapter: a PEFT folder on disk, where it comes from and what it measured.</summary>
public sealed record Adapter : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Label, unique with <see cref="Version"/>.</summary>
    public required string Name { get; init; }

    public required int Version { get; init; }

    /// <summary>The name the API serves it under: <c>ft:base:studio:suffix:id</c>.</summary>
    public required string ModelName { get; init; }

    /// <summary>lora, reward, full.</summary>
    public string Kind { get; init; } = "lora";

    public required string BaseModelId { get; init; }

    public required string BaseSha256 { get; init; }

    public string? ChatTemplateSha256 { get; init; }

    public required string JobId { get; init; }

    /// <summary>Optimizer step of the checkpoint it was taken from; null for a job's result.</summary>
    public int? CheckpointStep { get; init; }

    public IReadOnlyList<string> DatasetVersionIds { get; init; } = [];

    public required string Method { get; init; }

    /// <summary>Folder below the data root that holds adapter_config.json and adapter_model.safetensors.</summary>
    public required string Folder { get; init; }

    /// <summary>SHA-256 of adapter_model.safetensors; checked before it is served.</summary>
    public required string Sha256 { get; init; }

    public int Rank { get; init; }

    public IReadOnlyList<string> TargetModules { get; init; } = [];

    public long SizeBytes { get; init; }

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}
