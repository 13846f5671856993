using System.Text.Json.Nodes;
using Studio.Data.Store;

namespace Studio.Data.Evaluation.Graded;

/// <summary>An eval as API clients define it: what an item looks like, and the criteria by which answers are graded.</summary>
public sealed record GradedEval : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string Name { get; init; } = "";

    /// <summary>JSON schema of an item; empty allows anything.</summary>
    public JsonObject ItemSchema { get; init; } = [];

    /// <summary>True when answers come from a model or stand in the rows as <c>sample</c>.</summary>
    public bool IncludeSampleSchema { get; init; }

    /// <summary>Criteria as the client wrote them, each with an id.</summary>
    public required IReadOnlyList<JsonObject> Criteria { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? OwnerId { get; init; }
}
