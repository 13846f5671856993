using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Validation;

namespace Studio.Data.Preparation;

/// <summary>A preparation: a job that builds rows with the help of the base model; people review them, then they become dataset versions.</summary>
public sealed record PreparationJob : LeasedJob
{
    /// <summary>Name in <see cref="Preparations"/>.</summary>
    public required string Kind { get; init; }

    public required string BaseModelId { get; init; }

    /// <summary>Adapter whose answers are taken instead of the base's.</summary>
    public string? AdapterId { get; init; }

    /// <summary>Ids of uploaded files with prompts.</summary>
    public IReadOnlyList<string> FileIds { get; init; } = [];

    /// <summary>Options of the kind by their snake_case names.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>What the trainer does now, in its own word.</summary>
    public string? Phase { get; init; }

    /// <summary>Prompts done and in all.</summary>
    public int Done { get; init; }

    public int Total { get; init; }

    public double? EtaSeconds { get; init; }

    public PreparationResult? Result { get; init; }

    /// <summary>Rows by the state of their review.</summary>
    public IReadOnlyDictionary<string, long> Reviewed { get; init; } = new Dictionary<string, long>();

    /// <summary>What the rows would teach wrongly as they stand now.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>Grows with every change by a reviewer.</summary>
    public int ReviewRevision { get; init; }

    /// <summary>Dataset versions that were made of the rows, one for each kind of example.</summary>
    public IReadOnlyList<PreparedData> Data { get; init; } = [];
}

/// <summary>The rows of a preparation as a dataset version, as they stood at a revision of the review.</summary>
public sealed record PreparedData(ExampleKind Kind, string VersionId, int ReviewRevision)
{
    /// <summary>Rows kept aside to watch the training; null when there are none.</summary>
    public string? ValidationVersionId { get; init; }
}
