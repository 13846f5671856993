using Studio.Data.Recipes;

namespace Studio.Data.Jobs;

/// <summary>Everything the trainer needs, as <c>spec.json</c> of a job folder. Relative paths are relative to that folder.</summary>
public sealed record JobSpec
{
    public int SchemaVersion { get; init; } = 1;

    public required string JobId { get; init; }

    public required string Name { get; init; }

    public required ModelReference BaseModel { get; init; }

    /// <summary>PEFT folder to continue from; null starts a fresh adapter.</summary>
    public string? StartAdapterPath { get; init; }

    public required Recipe Recipe { get; init; }

    /// <summary>Normalised training examples (JSON lines of <see cref="Examples.Example"/>).</summary>
    public string TrainData { get; init; } = "data/train.jsonl";

    /// <summary>Normalised validation examples; null when there are none.</summary>
    public string? ValidationData { get; init; }

    /// <summary>Where each dataset came from, for lineage and the passport.</summary>
    public IReadOnlyList<DataReference> Data { get; init; } = [];

    /// <summary>Prompts answered at every evaluation so that a person sees it learn; empty takes them from the validation part.</summary>
    public IReadOnlyList<string> SamplePrompts { get; init; } = [];
}

/// <summary>A base model: path and the hash it must have (null: not checked).</summary>
public sealed record ModelReference(string Id, string Name, string Path, string? Sha256 = null);

/// <summary>A dataset version that went into a job.</summary>
public sealed record DataReference(string DatasetId, string VersionId, string Name, int Number, string ContentSha256, long Rows, double Weight = 1)
{
    public string? Licence { get; init; }
}
