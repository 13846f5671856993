using System.Numerics.Tensors;

namespace Studio.Training.Generation.Processors;

/// <summary>Log-softmax of the scores.</summary>
public sealed class Renormalize : ILogitsProcessor
{
    public void Apply(Span<float> scores, LogitsContext context)
    {
        var max = TensorPrimitives.Max<float>(scores);
        var sum = 0.0;
        foreach (var score in scores)
        {
            sum += Math.Exp(score - max);
        }

        TensorPrimitives.Subtract(scores, max + (float)Math.Log(sum), scores);
    }
}
