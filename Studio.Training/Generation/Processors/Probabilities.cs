using System.Buffers;
using System.Numerics.Tensors;

namespace Studio.Training.Generation.Processors;

/// <summary>Softmax of scores in a pooled buffer; removed tokens get 0.</summary>
internal readonly struct Probabilities : IDisposable
{
    private readonly float[] _buffer;
    private readonly int _count;

    public Probabilities(ReadOnlySpan<float> scores)
    {
        _count = scores.Length;
        _buffer = ArrayPool<float>.Shared.Rent(_count);
        var target = _buffer.AsSpan(0, _count);
        var max = TensorPrimitives.Max(scores);
        TensorPrimitives.Subtract(scores, max, target);
        TensorPrimitives.Exp(target, target);
        TensorPrimitives.Divide(target, TensorPrimitives.Sum<float>(target), target);
    }

    public Span<float> Values => _buffer.AsSpan(0, _count);

    /// <summary>Natural-log entropy; a probability of 0 adds nothing.</summary>
    public double Entropy()
    {
        var sum = 0.0;
        foreach (var p in Values)
        {
            if (p > 0)
            {
                sum -= p * Math.Log(p);
            }
        }

        return sum;
    }

    public void Dispose() => ArrayPool<float>.Shared.Return(_buffer);
}
