using System.Text.Json.Nodes;

namespace Studio.Web.Jobs;

/// <summary>What a person or a client asks for when rows are prepared.</summary>
public sealed record PreparationRequest
{
    /// <summary>Label; empty takes the title of the kind.</summary>
    public string Name { get; init; } = "";

    /// <summary>Name in <see cref="Data.Preparation.Preparations"/>.</summary>
    public required string Kind { get; init; }

    public required string BaseModelId { get; init; }

    public string? AdapterId { get; init; }

    /// <summary>Uploaded files with prompts (JSON lines, JSON or CSV).</summary>
    public IReadOnlyList<string> FileIds { get; init; } = [];

    public JsonObject Options { get; init; } = [];

    public string? OwnerId { get; init; }
}
