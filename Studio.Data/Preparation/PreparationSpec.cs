using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Validation;

namespace Studio.Data.Preparation;

/// <summary>
/// Everything a preparation needs, as <c>spec.json</c> of its folder; relative paths are relative to that folder. The trainer writes <c>prepared.jsonl</c> (<see cref="PreparedRow"/>),
/// <c>result.json</c> (<see cref="PreparationResult"/>) and <c>events.jsonl</c>.
/// </summary>
public sealed record PreparationSpec
{
    public int SchemaVersion { get; init; } = 1;

    public required string PreparationId { get; init; }

    /// <summary>Name in <see cref="Preparations"/>.</summary>
    public required string Kind { get; init; }

    public required ModelReference BaseModel { get; init; }

    /// <summary>PEFT folder whose answers are taken instead of the base's; null asks the base.</summary>
    public string? AdapterPath { get; init; }

    /// <summary>
    /// Uploaded prompts as JSON lines. For refusal: <c>{"harmful","harmless","category","language"}</c> pairs, or single prompts
    /// <c>{"prompt","wanted":"refuse|answer","answer","category","language","pair_id"}</c>; all but the prompts may be absent.
    /// </summary>
    public IReadOnlyList<string> Items { get; init; } = [];

    /// <summary>Options of the kind by their snake_case names; the record behind them is named by <see cref="Preparations"/>.</summary>
    public JsonObject Options { get; init; } = [];

    public string Device { get; init; } = "auto";

    public string BaseType { get; init; } = "auto";

    /// <summary>All faults at once.</summary>
    public IReadOnlyList<Problem> Validate() => Preparations.Find(Kind) is { } kind
        ? kind.HasItems || Items.Count > 0
            ? kind.Validate(Options)
            : [new Problem("items_missing", Severity.Fatal, $"The preparation \"{Kind}\" needs a file with prompts.", "Name a file of JSON lines in items.") { Field = "items" }]
        : [new Problem("unknown_kind", Severity.Fatal, $"There is no preparation \"{Kind}\".", $"Use one of: {string.Join(", ", Preparations.All.Select(k => k.Name))}.") { Field = "kind" }];
}

/// <summary>What a preparation made: <c>result.json</c> of its folder.</summary>
public sealed record PreparationResult
{
    public required long Rows { get; init; }

    /// <summary>Rows by <see cref="PreparedRow.Group"/>.</summary>
    public required IReadOnlyDictionary<string, long> Groups { get; init; }

    public required IReadOnlyList<Problem> Problems { get; init; }

    public required string BaseSha256 { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public double Seconds { get; init; }

    /// <summary>Tokens that the base wrote.</summary>
    public long GeneratedTokens { get; init; }
}
