namespace Studio.Training.Generation.Processors;

/// <summary>No end of text before so many tokens are generated.</summary>
public sealed class MinNewTokens(int minimum) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.MinNewTokens > 0 ? new MinNewTokens(options.MinNewTokens) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        if (context.GeneratedLength < minimum)
        {
            Bans.Remove(scores, context.EosTokenIds);
        }
    }
}
