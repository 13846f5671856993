using System.Numerics.Tensors;

namespace Studio.Training.Generation.Processors;

/// <summary>Removes tokens less likely than a share of the most likely one (Nguyen et al. 2024); the K largest stay.</summary>
public sealed class MinP(double share, int keep) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.MinP is { } share ? new MinP(share, options.MinTokensToKeep) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        using var probabilities = new Probabilities(scores);
        var threshold = (float)share * TensorPrimitives.Max<float>(probabilities.Values);
        Keep.Filter(scores, probabilities.Values, keep, p => p < threshold);
    }
}
