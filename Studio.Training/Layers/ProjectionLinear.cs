using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Changes the output of a projection: a LoRA adapter, or several of them for the rows of one batch.</summary>
public interface IProjectionAdapter
{
    /// <summary>Returns the output to use.</summary>
    /// <param name="x">Input of the projection, (..., in).</param>
    /// <param name="y">Output of the frozen projection, (..., out).</param>
    Tensor Apply(Tensor x, Tensor y);
}

/// <summary>An adapter that treats every row alike, so that it can work on (rows, features) without views in between, which is what training is fastest on.</summary>
public interface IRowAdapter : IProjectionAdapter
{
    /// <param name="x">(rows, in)</param>
    /// <param name="y">(rows, out): nobody else's, may be overwritten.</param>
    Tensor ApplyRows(Tensor x, Tensor y);
}

/// <summary>A linear layer y = x Wᵀ + b with a place for an adapter. Every matrix of a model that an adapter may target is one of these.</summary>
public sealed class ProjectionLinear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    /// <summary>Makes the layer with weights that hold nothing yet.</summary>
    /// <param name="transposed">True where the checkpoint stores the matrix as (in, out), as GPT-2 does.</param>
    public ProjectionLinear(long inputs, long outputs, bool bias, TensorPlace place, bool transposed = false) : base(nameof(ProjectionLinear))
    {
        (InFeatures, OutFeatures, Transposed) = (inputs, outputs, transposed);
        weight = Frozen.Parameter(place, transposed ? [inputs, outputs] : [outputs, inputs]);
        register_parameter("weight", weight);
        if (bias)
        {
            this.bias = Frozen.Parameter(place, outputs);
            register_parameter("bias", this.bias);
        }
    }

    /// <summary>Makes a layer that shares the matrix of another part (an output head tied to the embedding), so that it adds no tensor to the checkpoint but its bias.</summary>
    public ProjectionLinear(Parameter shared, bool bias, TensorPlace place) : base(nameof(ProjectionLinear))
    {
        (InFeatures, OutFeatures, Tied) = (shared.shape[1], shared.shape[0], true);
        weight = shared;
        if (bias)
        {
            this.bias = Frozen.Parameter(place, OutFeatures);
            register_parameter("bias", this.bias);
        }
    }

    public long InFeatures { get; }

    public long OutFeatures { get; }

    /// <summary>True when the checkpoint stores the matrix as (in, out).</summary>
    public bool Transposed { get; }

    /// <summary>True when the matrix belongs to another part.</summary>
    public bool Tied { get; }

    /// <summary>The matrix as (out, in); a view of <see cref="Stored"/>, so changing it in place changes the layer.</summary>
    public Tensor Weight => Transposed ? weight.t() : weight;

    /// <summary>The matrix as the checkpoint stores it.</summary>
    public Parameter Stored => weight;

    public Parameter? Bias => bias;

    /// <summary>The adapter in force, or null for the base alone.</summary>
    public IProjectionAdapter? Adapter { get; set; }

    public override Tensor forward(Tensor x)
    {
        if (Adapter is IRowAdapter byRow && x.dim() > 2)
        {
            var shape = x.shape;
            var rows = x.reshape(-1, InFeatures);
            shape[^1] = OutFeatures;
            return byRow.ApplyRows(rows, nn.functional.linear(rows, Weight, bias!)).view(shape);
        }

        var y = nn.functional.linear(x, Weight, bias!);
        return Adapter is null ? y : Adapter.Apply(x, y);
    }
}
