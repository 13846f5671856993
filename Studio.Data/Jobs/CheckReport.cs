using Studio.Data.Validation;

namespace Studio.Data.Jobs;

/// <summary>
/// The answer of <c>Studio.Training check FOLDER</c>: what training on this spec would see and cost, before it is queued.
/// </summary>
public sealed record CheckReport
{
    public long Examples { get; init; }

    public long ValidationExamples { get; init; }

    public long Tokens { get; init; }

    public long TrainedTokens { get; init; }

    /// <summary>Examples longer than max_length, and the tokens lost.</summary>
    public long TruncatedExamples { get; init; }

    public long TruncatedTokens { get; init; }

    /// <summary>Examples left out because no token of them would be trained.</summary>
    public long UntrainableExamples { get; init; }

    /// <summary>Histogram of token counts: upper bounds and counts.</summary>
    public IReadOnlyList<int> LengthBounds { get; init; } = [];

    public IReadOnlyList<long> LengthCounts { get; init; } = [];

    public int StepsPerEpoch { get; init; }

    public int TotalSteps { get; init; }

    public long TrainableParameters { get; init; }

    public double PaddingShare { get; init; }

    /// <summary>Measured on this machine by a few real steps; seconds, with the range it may lie in.</summary>
    public double EstimatedSeconds { get; init; }

    public double EstimatedSecondsLow { get; init; }

    public double EstimatedSecondsHigh { get; init; }

    public long EstimatedMemoryBytes { get; init; }

    public long AvailableMemoryBytes { get; init; }

    public double TokensPerSecond { get; init; }

    public string Device { get; init; } = "cpu";

    public string BaseType { get; init; } = "";

    public IReadOnlyList<Problem> Problems { get; init; } = [];
}
