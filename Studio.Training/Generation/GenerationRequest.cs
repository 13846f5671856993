namespace Studio.Training.Generation;

/// <summary>One text to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>Prompt tokens; at least one.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    public ulong Seed { get; init; }

    /// <summary>Tokens generated at most; the context length limits it further.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>Strings that end the text; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the text; empty never ends before the limit.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Name of a loaded adapter; null answers with the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>How many alternatives to report per token; null reports no probabilities.</summary>
    public int? TopLogProbabilities { get; init; }

    /// <summary>Leaves special tokens out of the text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;
}

public enum FinishReason
{
    /// <summary>An end token or a stop string.</summary>
    Stop,

    /// <summary>The limit of tokens or of the context.</summary>
    Length,

    /// <summary>The client went away.</summary>
    Cancelled,
}

/// <summary>A generated token with what the API reports of it.</summary>
public sealed record GeneratedToken(int Id, string Piece, double LogProbability, IReadOnlyList<(int Id, string Piece, double LogProbability)> Top);

/// <summary>
/// A step of an answer: text that is now certain (possibly empty while characters or stop strings are incomplete), the token behind it, and the reason when it was the last.
/// </summary>
public sealed record GenerationDelta(string Text, GeneratedToken? Token, FinishReason? Finish);

/// <summary>A whole answer.</summary>
public sealed record GenerationResult(IReadOnlyList<int> Ids, string Text, FinishReason Finish, int PromptTokens, IReadOnlyList<GeneratedToken> Tokens);
