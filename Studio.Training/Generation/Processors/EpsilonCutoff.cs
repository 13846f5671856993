namespace Studio.Training.Generation.Processors;

/// <summary>Removes tokens less likely than epsilon (Hewitt et al. 2022); the K largest stay.</summary>
public sealed class EpsilonCutoff(double epsilon, int keep) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.EpsilonCutoff is { } epsilon and > 0 ? new EpsilonCutoff(epsilon, options.MinTokensToKeep) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        using var probabilities = new Probabilities(scores);
        Keep.Filter(scores, probabilities.Values, keep, p => p < (float)epsilon);
    }
}
