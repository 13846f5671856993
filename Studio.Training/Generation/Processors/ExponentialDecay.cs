namespace Studio.Training.Generation.Processors;

/// <summary>Pulls towards the end of the text, more with every token after a start: <c>score += |score| * (factor^k - 1)</c>.</summary>
public sealed class ExponentialDecay(int start, double factor) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) =>
        options.ExponentialDecayLengthPenalty is { } penalty ? new ExponentialDecay(penalty.Start, penalty.Factor) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        var over = context.GeneratedLength - start;
        if (over <= 0)
        {
            return;
        }

        foreach (var id in context.EosTokenIds)
        {
            scores[id] += Math.Abs(scores[id]) * (float)(Math.Pow(factor, over) - 1);
        }
    }
}
