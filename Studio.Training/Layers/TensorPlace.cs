using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Where the weights of a model live and in which number type.</summary>
public sealed record TensorPlace(Device Device, ScalarType Type);
