namespace Studio.Data.Store;

/// <summary>A named value of the installation (its id), kept as JSON.</summary>
public sealed record Setting : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Json { get; init; }
}
