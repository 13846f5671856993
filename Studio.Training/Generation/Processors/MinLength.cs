namespace Studio.Training.Generation.Processors;

/// <summary>No end of text while prompt and answer together are shorter than the minimum.</summary>
public sealed class MinLength(int minimum) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.MinLength > 0 ? new MinLength(options.MinLength) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        if (context.Ids.Count < minimum)
        {
            Bans.Remove(scores, context.EosTokenIds);
        }
    }
}
