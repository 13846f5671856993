using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>Named weights of a model, whatever files hold them; names are those of the Hugging Face checkpoint.</summary>
public abstract class WeightSource : IDisposable
{
    public abstract IReadOnlyCollection<string> Names { get; }

    public abstract bool Contains(string name);

    /// <summary>Shape, outermost dimension first.</summary>
    public abstract long[] Shape(string name);

    /// <summary>Element type as stored; fp32 for quantised weights.</summary>
    public abstract ScalarType Type(string name);

    /// <summary>Reads one weight on the CPU in the type asked for.</summary>
    public abstract Tensor Read(string name, ScalarType type);

    /// <summary>Files that hold the weights, for the hash of the model.</summary>
    public abstract IReadOnlyList<string> Files { get; }

    public abstract void Dispose();
}
