using System.Text.Json.Nodes;
using Studio.Data.Store;

namespace Studio.Data.Evaluation.Graded;

public enum GradedRunState
{
    Queued,
    InProgress,
    Completed,
    Failed,
    Canceled,
}

/// <summary>A run of an eval: items, a model that answers them (or answers that are given), and how many passed.</summary>
public sealed record GradedRun : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string EvalId { get; init; }

    public string Name { get; init; } = "";

    /// <summary>Model that answers; null where the rows bring their answers.</summary>
    public string? Model { get; init; }

    public required JsonObject DataSource { get; init; }

    public GradedRunState State { get; init; } = GradedRunState.Queued;

    public int Total { get; init; }

    public int Passed { get; init; }

    public int Failed { get; init; }

    public int Errored { get; init; }

    /// <summary>Name of a criterion -> items that passed it.</summary>
    public IReadOnlyDictionary<string, int> PassedBy { get; init; } = new Dictionary<string, int>();

    public IReadOnlyDictionary<string, int> FailedBy { get; init; } = new Dictionary<string, int>();

    public int Calls { get; init; }

    public long PromptTokens { get; init; }

    public long CompletionTokens { get; init; }

    /// <summary>Why the run failed.</summary>
    public string? Error { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? OwnerId { get; init; }

    public bool IsFinal => State is GradedRunState.Completed or GradedRunState.Failed or GradedRunState.Canceled;
}
