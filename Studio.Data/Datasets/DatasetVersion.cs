using Studio.Data.Store;

namespace Studio.Data.Datasets;

public enum DatasetState
{
    Importing,

    /// <summary>Detection was unsure: a format or column mapping must be chosen.</summary>
    NeedsChoice,
    Ready,
    Refused,
}

/// <summary>What an example of a version is, and so which methods can use it.</summary>
public enum ExampleKind
{
    Chat,
    Completion,
    Text,
    Preference,
    Feedback,
    Prompt,
    Stepwise,
}

/// <summary>An immutable, counted and hashed set of normalised examples made from one uploaded file.</summary>
public sealed record DatasetVersion : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string DatasetId { get; init; }

    public required int Number { get; init; }

    public required string FileId { get; init; }

    public required string FileName { get; init; }

    public DatasetState State { get; init; } = DatasetState.Importing;

    /// <summary>Container that was read: jsonl, json, csv, text.</summary>
    public string? Container { get; init; }

    /// <summary>Name of the dataset format (<c>DatasetFormats</c>) that was detected or chosen.</summary>
    public string? Format { get; init; }

    /// <summary>Candidates when detection was unsure, best first.</summary>
    public IReadOnlyList<string> FormatCandidates { get; init; } = [];

    /// <summary>Chosen mapping: field of the format -> column of the file.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>Columns found in the file (for the mapping dialog).</summary>
    public IReadOnlyList<string> SourceColumns { get; init; } = [];

    public ExampleKind? Kind { get; init; }

    public long Rows { get; init; }

    public long ValidRows { get; init; }

    /// <summary>SHA-256 over the normalised examples.</summary>
    public string? ContentSha256 { get; init; }

    public DatasetStatistics? Statistics { get; init; }

    /// <summary>Rule -> how often it was broken; the problems themselves are paged from disk.</summary>
    public IReadOnlyDictionary<string, long> ProblemCounts { get; init; } = new Dictionary<string, long>();

    public long Errors { get; init; }

    public long Warnings { get; init; }

    /// <summary>How it was made where nobody uploaded it; null for an upload.</summary>
    public DatasetOrigin? Origin { get; init; }

    /// <summary>0..1 while importing.</summary>
    public double Progress { get; init; }

    /// <summary>Why the file was refused, with the remedy.</summary>
    public string? Refusal { get; init; }
}

/// <summary>What a version holds, counted while it was read.</summary>
public sealed record DatasetStatistics
{
    /// <summary>Histogram of example lengths in characters: upper bounds and counts of the same length.</summary>
    public IReadOnlyList<int> LengthBounds { get; init; } = [];

    public IReadOnlyList<long> LengthCounts { get; init; } = [];

    public long Characters { get; init; }

    public int LongestCharacters { get; init; }

    public double MeanCharacters { get; init; }

    /// <summary>Role -> turns.</summary>
    public IReadOnlyDictionary<string, long> Roles { get; init; } = new Dictionary<string, long>();

    /// <summary>Language (en, zh, other, mixed) -> examples.</summary>
    public IReadOnlyDictionary<string, long> Languages { get; init; } = new Dictionary<string, long>();

    public double MeanTurns { get; init; }

    public long ExactDuplicates { get; init; }
}
