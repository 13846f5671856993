namespace Studio.Training.Generation.Processors;

/// <summary>Bans ids everywhere.</summary>
public sealed class SuppressTokens(IReadOnlyList<int> ids) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.SuppressTokens.Count > 0 ? new SuppressTokens(options.SuppressTokens) : null;

    public void Apply(Span<float> scores, LogitsContext context) => Bans.Remove(scores, ids);
}
