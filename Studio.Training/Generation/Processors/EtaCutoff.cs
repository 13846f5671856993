namespace Studio.Training.Generation.Processors;

/// <summary>Removes tokens less likely than <c>min(eta, sqrt(eta) * exp(-entropy))</c> (Hewitt et al. 2022); the K largest stay.</summary>
public sealed class EtaCutoff(double eta, int keep) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.EtaCutoff is { } eta and > 0 ? new EtaCutoff(eta, options.MinTokensToKeep) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        using var probabilities = new Probabilities(scores);
        var threshold = (float)Math.Min(eta, Math.Sqrt(eta) * Math.Exp(-probabilities.Entropy()));
        Keep.Filter(scores, probabilities.Values, keep, p => p < threshold);
    }
}
