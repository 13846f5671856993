using System.Text.Json.Nodes;

namespace Studio.Web.Grading;

/// <summary>A graded item of a run: a line of its <c>output.jsonl</c>.</summary>
public sealed record GradedItem
{
    public required string Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Place in the data source, from 0.</summary>
    public required int Index { get; init; }

    public required JsonObject Item { get; init; }

    /// <summary>pass, fail or error.</summary>
    public required string Status { get; init; }

    public required IReadOnlyList<GradedResult> Results { get; init; }

    /// <summary>What was asked.</summary>
    public JsonArray Input { get; init; } = [];

    public string Output { get; init; } = "";

    public string? FinishReason { get; init; }

    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    public string? Error { get; init; }
}

/// <param name="Sample">What a judging model said.</param>
public sealed record GradedResult(string Name, bool Passed, double Score, string? Sample = null);
