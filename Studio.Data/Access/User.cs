using Studio.Data.Store;

namespace Studio.Data.Access;

public enum Role
{
    /// <summary>Reads everything the team made.</summary>
    Viewer,

    /// <summary>Also brings data and runs jobs.</summary>
    Trainer,

    /// <summary>Also deploys, sets policy, manages users and keys.</summary>
    Owner,
}

/// <summary>A person who signs in.</summary>
public sealed record User : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sign-in name, compared without case.</summary>
    public required string Name { get; init; }

    public required string PasswordHash { get; init; }

    public required Role Role { get; init; }

    public int FailedSignIns { get; init; }

    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Changes when the password does, so that older cookies end.</summary>
    public string SecurityStamp { get; init; } = "";
}

/// <summary>A key for <c>/v1</c> and <c>/api</c>; only its hash is kept.</summary>
public sealed record ApiKey : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Name { get; init; }

    /// <summary>The first characters, to tell keys apart in a list.</summary>
    public required string Prefix { get; init; }

    /// <summary>SHA-256 of the whole key, hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required Role Role { get; init; }

    public string? OwnerId { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>One line of the append-only audit log.</summary>
public sealed record AuditEntry : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who: user name, key name or "system".</summary>
    public required string Actor { get; init; }

    /// <summary>What, as object.verb: <c>deployment.created</c>, <c>key.revoked</c>, ...</summary>
    public required string Action { get; init; }

    public string? ObjectId { get; init; }

    public string? Detail { get; init; }
}
