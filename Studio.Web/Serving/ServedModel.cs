using Studio.Data.Registry;

namespace Studio.Web.Serving;

/// <summary>What a model name of the API stands for: a base model, or one with an adapter.</summary>
/// <param name="Name">The name that was asked for; answers carry it back.</param>
/// <param name="LoraName">Name of the adapter inside the worker, null for the bare base model.</param>
/// <param name="Folder">PEFT folder of the adapter.</param>
/// <param name="Sha256">Hash its weights must have; null where none was recorded (a checkpoint of a running job).</param>
/// <param name="JobId">The job that made it.</param>
public sealed record ServedModel(string Name, BaseModel Base, string? LoraName = null, string? Folder = null, string? Sha256 = null, string? JobId = null)
{
    public string? DeploymentId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Options of a chat request of the playground; null leaves the worker's default.</summary>
public sealed record ChatOptions
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Ask for the probabilities of this many tokens per position; null asks for none.</summary>
    public int? TopLogprobs { get; init; }
}

/// <summary>A piece of a streamed answer. The last one has a <see cref="FinishReason"/>, or an <see cref="Error"/>.</summary>
public sealed record ChatDelta
{
    public string Text { get; init; } = "";

    /// <summary>stop, length, ...</summary>
    public string? FinishReason { get; init; }

    public int? PromptTokens { get; init; }

    public int? CompletionTokens { get; init; }

    public IReadOnlyList<TokenProbability> Tokens { get; init; } = [];

    /// <summary>Why the answer ended early, for a person.</summary>
    public string? Error { get; init; }
}

/// <summary>One token of the answer with its log-probability and the alternatives at its place.</summary>
public sealed record TokenProbability(string Token, double Logprob, IReadOnlyList<TokenProbability> Alternatives);
