using Studio.Data.Evaluation;
using Studio.Data.Store;

namespace Studio.Data.Registry;

public enum OverrideState
{
    Requested,
    Approved,
    Refused,
}

/// <summary>Somebody asks to deploy what the policy refuses; somebody else decides. It holds for the verdict it was asked for and for no other.</summary>
public sealed record OverrideRequest : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string AdapterId { get; init; }

    /// <summary>The verdict as it was when it was asked for.</summary>
    public required Verdict Verdict { get; init; }

    public required string Reason { get; init; }

    public required string RequestedBy { get; init; }

    public required string RequestedById { get; init; }

    public OverrideState State { get; init; } = OverrideState.Requested;

    public string? DecidedBy { get; init; }

    public string? DecidedById { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>What the second person wrote.</summary>
    public string? Comment { get; init; }

    /// <summary>The exception as the passport carries it; null unless approved.</summary>
    public PolicyOverride? Granted => State == OverrideState.Approved ? new PolicyOverride(Reason, RequestedBy, DecidedBy ?? "", DecidedAt ?? CreatedAt) : null;
}
