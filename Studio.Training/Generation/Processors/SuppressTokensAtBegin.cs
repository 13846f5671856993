namespace Studio.Training.Generation.Processors;

/// <summary>Bans ids as the first generated token.</summary>
public sealed class SuppressTokensAtBegin(IReadOnlyList<int> ids) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.BeginSuppressTokens.Count > 0 ? new SuppressTokensAtBegin(options.BeginSuppressTokens) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        if (context.GeneratedLength == 0)
        {
            Bans.Remove(scores, ids);
        }
    }
}
