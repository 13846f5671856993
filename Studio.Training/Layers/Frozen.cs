using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Parameters of the base model: they take no gradient unless asked to.</summary>
internal static class Frozen
{
    public static Parameter Parameter(TensorPlace place, params long[] shape) =>
        new(empty(shape, dtype: place.Type, device: place.Device).DetachFromDisposeScope(), requires_grad: false);
}
