using System.Text.Json.Nodes;

namespace Studio.Data.Jobs;

/// <summary>
/// One line of <c>events.jsonl</c>. The trainer appends, the host tails. <see cref="Type"/> says which fields are set.
/// </summary>
public sealed record JobEvent
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>One of <see cref="JobEventTypes"/>.</summary>
    public required string Type { get; init; }

    public int? Step { get; init; }

    public int? TotalSteps { get; init; }

    public double? Epoch { get; init; }

    /// <summary>log: info, warn, error.</summary>
    public string? Level { get; init; }

    public string? Message { get; init; }

    /// <summary>state: loading, preparing, training, evaluating, saving, paused, succeeded, failed, cancelled.</summary>
    public string? State { get; init; }

    /// <summary>
    /// metrics: loss, learning_rate, grad_norm, mean_token_accuracy, tokens (cumulative), trained_tokens (cumulative), tokens_per_second, memory_bytes, eta_seconds,
    /// and what a method adds (rewards/chosen, kl, ...); evaluation: eval_loss, eval_mean_token_accuracy, ...
    /// </summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    public SampleAnswer? Sample { get; init; }

    public CheckpointNote? Checkpoint { get; init; }

    public JobFailure? Failure { get; init; }

    /// <summary>Further structured facts (prepared: counts; rollout: prompt, answer, rewards).</summary>
    public JsonObject? Data { get; init; }
}

public static class JobEventTypes
{
    public const string State = "state";
    public const string Metrics = "metrics";
    public const string Evaluation = "evaluation";
    public const string Log = "log";
    public const string Sample = "sample";
    public const string Checkpoint = "checkpoint";
    public const string Prepared = "prepared";
    public const string Rollout = "rollout";
    public const string Failure = "failure";
}

/// <summary>What the model answers at a step; step 0 is the base model.</summary>
public sealed record SampleAnswer(int Index, string Prompt, string Answer, string? Expected = null);

/// <summary>A checkpoint whose manifest stands.</summary>
/// <param name="Folder">Relative to the job folder.</param>
public sealed record CheckpointNote(int Step, string Folder, bool Best, double? EvalLoss);
