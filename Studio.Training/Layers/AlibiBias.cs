using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Attention with linear biases (Press et al., 2022): each head adds slope · key position to its scores.</summary>
public sealed class AlibiBias
{
    private readonly float[] slopes;
    private readonly bool roundToBf16;
    private readonly double scale;

    /// <param name="roundToBf16">Slopes and products pass through bfloat16 (Falcon).</param>
    /// <param name="scale">Factor on the bias (Falcon divides it with the scores).</param>
    public AlibiBias(float[] slopes, bool roundToBf16 = false, double scale = 1) => (this.slopes, this.roundToBf16, this.scale) = (slopes, roundToBf16, scale);

    /// <summary>Slopes for a power of two heads, and every second slope of the next power for the rest (BLOOM, Falcon).</summary>
    public static float[] Slopes(int heads)
    {
        var power = 1 << (int)Math.Floor(Math.Log2(heads));
        IEnumerable<double> Of(int n, int step, int count) => Enumerable.Range(0, count).Select(i => Math.Pow(Math.Pow(2, -8.0 / n), 1 + step * i));
        var slopes = Of(power, 1, power);
        if (power < heads)
        {
            slopes = slopes.Concat(Of(2 * power, 2, Math.Min(power, heads - power)));
        }

        return [.. slopes.Select(s => (float)s)];
    }

    /// <summary>Slopes of the next power of two, those at odd places first (MPT).</summary>
    public static float[] InterleavedSlopes(int heads, double biasMax)
    {
        var power = 1;
        while (power < heads)
        {
            power *= 2;
        }

        var all = Enumerable.Range(1, power).Select(i => (float)Math.Pow(2, -biasMax * i / power)).ToArray();
        return power == heads ? all : [.. all.Where((_, i) => i % 2 == 1).Concat(all.Where((_, i) => i % 2 == 0)).Take(heads)];
    }

    /// <summary>The bias for key positions.</summary>
    /// <param name="positions">(batch or 1, keys) int64</param>
    /// <returns>(batch or 1, heads, 1, keys) fp32</returns>
    public Tensor For(Tensor positions)
    {
        var table = tensor(slopes, device: positions.device).view(1, -1, 1, 1);
        var at = positions.to_type(ScalarType.Float32).view(positions.shape[0], 1, 1, -1);
        var bias = roundToBf16
            ? table.to_type(ScalarType.BFloat16).mul(at.to_type(ScalarType.BFloat16)).to_type(ScalarType.Float32)
            : table.mul(at);
        return scale == 1 ? bias : bias.mul(Scalars.Of(scale));
    }
}
