using System.Numerics.Tensors;

namespace Studio.Training.Generation.Processors;

/// <summary>Divides the scores: under 1 sharpens, over 1 flattens.</summary>
public sealed class Temperature(double temperature) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.Temperature != 1 ? new Temperature(options.Temperature) : null;

    public void Apply(Span<float> scores, LogitsContext context) => TensorPrimitives.Divide(scores, (float)temperature, scores);
}
