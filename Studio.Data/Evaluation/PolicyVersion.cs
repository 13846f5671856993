namespace Studio.Data.Evaluation;

/// <summary>A policy as it was: its rules, who wrote them, since when, and why.</summary>
public sealed record PolicyVersion(int Version, IReadOnlyList<PolicyRule> Rules, string? Author, DateTimeOffset Since, string? Note);
