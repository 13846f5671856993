namespace Studio.Training.Generation;

/// <summary>Limits of an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Sequences decoded together.</summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>Rows of the cache beyond the batch that remember finished prompts.</summary>
    public int PrefixSlots { get; init; } = 4;

    /// <summary>Requests that may wait; one more is refused with 429.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>Prompt tokens computed in one forward pass, so that long prompts do not stall the others for long.</summary>
    public int PrefillTokens { get; init; } = 1024;

    /// <summary>Context in tokens; 0 takes the model's.</summary>
    public int ContextLength { get; init; }
}
