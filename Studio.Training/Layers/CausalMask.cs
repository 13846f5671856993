using System.Collections.Concurrent;
using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>The triangle of minus infinities that hides later keys; made once per type and device, shorter ones are corners of it.</summary>
internal static class CausalMask
{
    private const int Step = 512;
    private static readonly ConcurrentDictionary<(ScalarType, DeviceType, int, long), Tensor> Masks = new();

    /// <summary>(queries, keys), to be added to scores; query i sees keys up to i.</summary>
    public static Tensor For(long queries, long keys, ScalarType type, Device device)
    {
        var size = (Math.Max(queries, keys) + Step - 1) / Step * Step;
        var mask = Masks.GetOrAdd((type, device.type, device.index, size), static key => Make(key.Item4, key.Item1, new Device(key.Item2, key.Item3)));
        return mask.narrow(0, 0, queries).narrow(1, 0, keys);
    }

    private static Tensor Make(long size, ScalarType type, Device device)
    {
        // An inference tensor could not take part in training later.
        using var normal = inference_mode(false);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var hidden = ones([size, size], dtype: ScalarType.Bool, device: device).tril().logical_not();
        return zeros([size, size], dtype: type, device: device).masked_fill(hidden, Scalars.MinusInfinity).DetachFromDisposeScope();
    }
}
