using Studio.Data.Store;

namespace Studio.Data.Datasets;

/// <summary>A named collection of versions; the name is a label, the id names folders.</summary>
public sealed record Dataset : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? Licence { get; init; }

    public string? OwnerId { get; init; }

    /// <summary>Id and number of the newest version that is ready; null while the first one is being imported.</summary>
    public string? LatestVersionId { get; init; }

    public int LatestVersionNumber { get; init; }
}

/// <summary>A file as uploaded; <c>/v1/files</c> shows it, an import reads it.</summary>
public sealed record UploadedFile : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string FileName { get; init; }

    public required long Bytes { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>fine-tune, fine-tune-results, ... as OpenAI names purposes.</summary>
    public required string Purpose { get; init; }

    /// <summary>uploaded, processed or error.</summary>
    public string Status { get; init; } = "uploaded";

    public string? StatusDetails { get; init; }

    public string? OwnerId { get; init; }

    /// <summary>The dataset version this file was imported into, once that was asked for.</summary>
    public string? DatasetVersionId { get; init; }
}
