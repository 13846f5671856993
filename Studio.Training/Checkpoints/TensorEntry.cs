using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>Where a tensor lies in its file.</summary>
/// <param name="Type">Element type as stored.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record TensorEntry(string Name, ScalarType Type, long[] Shape, long Offset, long Length);
