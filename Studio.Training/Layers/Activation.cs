using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Activation functions by the names that configurations use.</summary>
public static class Activation
{
    /// <exception cref="InvalidDataException">The name is unknown.</exception>
    public static Func<Tensor, Tensor> Named(string name) => name switch
    {
        "silu" or "swish" => static x => nn.functional.silu(x),
        "gelu" => static x => nn.functional.gelu(x),
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => static x => x.gelu(TorchSharp.Modules.GELU.Approximate.tanh),
        "quick_gelu" => static x => x.mul(x.mul(Native.Scalars.Of(1.702)).sigmoid()),
        "relu" => static x => nn.functional.relu(x),
        "relu2" => static x => nn.functional.relu(x).square(),
        "sigmoid" => static x => x.sigmoid(),
        "tanh" => static x => x.tanh(),
        _ => throw new InvalidDataException($"config.json: activation '{name}' is unknown"),
    };
}
