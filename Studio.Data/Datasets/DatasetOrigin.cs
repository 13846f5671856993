namespace Studio.Data.Datasets;

/// <summary>Where a version came from that nobody uploaded.</summary>
/// <param name="Kind">preparation: made by a preparation job; without: another version without the rows that break a rule.</param>
public sealed record DatasetOrigin(string Kind)
{
    public const string Preparation = "preparation";
    public const string Without = "without";

    /// <summary>The version this one was made from.</summary>
    public string? VersionId { get; init; }

    public string? PreparationId { get; init; }

    /// <summary>The rule whose rows were left out.</summary>
    public string? Rule { get; init; }

    /// <summary>Rows that were left out.</summary>
    public long? Removed { get; init; }
}
