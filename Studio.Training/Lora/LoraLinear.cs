using Studio.Training.Layers;
using Studio.Training.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>
/// The low-rank part of one adapted projection (Hu et al. 2021): y + scale · (dropout(x) Aᵀ) Bᵀ; with a magnitude vector the projection is renormalised per output (Liu et al. 2024, DoRA).
/// A and B are fp32 master weights; the products run in the type of x.
/// </summary>
public sealed class LoraLinear : IRowAdapter, IDisposable
{
    private readonly Scalar scale;

    internal LoraLinear(string name, ProjectionLinear projection, double scale, double dropout, Parameter a, Parameter b, Parameter? bias, Parameter? magnitude, Parameter? baseBias = null)
    {
        Name = name;
        Projection = projection;
        ScaleValue = scale;
        Dropout = dropout;
        A = a;
        B = b;
        Bias = bias;
        Magnitude = magnitude;
        BaseBias = baseBias;
        this.scale = Scalars.Of(scale);
    }

    /// <summary>Name of the projection in the checkpoint, e.g. <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public string Name { get; }

    public ProjectionLinear Projection { get; }

    public double ScaleValue { get; }

    public double Dropout { get; }

    /// <summary>(rank, in), fp32.</summary>
    public Parameter A { get; }

    /// <summary>(out, rank), fp32.</summary>
    public Parameter B { get; }

    /// <summary>(out), fp32; null unless lora_bias.</summary>
    public Parameter? Bias { get; }

    /// <summary>(out), fp32; null unless DoRA.</summary>
    public Parameter? Magnitude { get; }

    /// <summary>(out), fp32: a trained copy of the projection's own bias; null unless bias is lora_only or all.</summary>
    public Parameter? BaseBias { get; }

    public int Rank => (int)A.shape[0];

    /// <summary>The adapter it belongs to.</summary>
    internal LoraAdapter? Owner { get; set; }

    /// <summary>False passes the base result through.</summary>
    public bool Active { get; set; } = true;

    /// <summary>True applies dropout.</summary>
    public bool Training { get; set; }

    /// <summary>Tensors by the ending PEFT gives them.</summary>
    public IEnumerable<(string Suffix, Parameter Parameter)> Tensors()
    {
        yield return ("lora_A.weight", A);
        yield return ("lora_B.weight", B);
        if (Bias is not null)
        {
            yield return ("lora_B.bias", Bias);
        }

        if (Magnitude is not null)
        {
            yield return ("lora_magnitude_vector", Magnitude);
        }

        if (BaseBias is not null)
        {
            yield return ("base_layer.bias", BaseBias);
        }
    }

    /// <param name="x">(..., in)</param>
    /// <param name="y">(..., out): the frozen projection of x; may be overwritten.</param>
    /// <returns>(..., out)</returns>
    public Tensor Apply(Tensor x, Tensor y)
    {
        if (!Active)
        {
            return y;
        }

        var changed = Low(x, y);
        return BaseBias is null ? changed : changed + (BaseBias - Projection.Bias!.to_type(ScalarType.Float32)).to_type(changed.dtype);
    }

    private Tensor Low(Tensor x, Tensor y)
    {
        var dropped = Training && Dropout > 0 ? nn.functional.dropout(x, Dropout, true) : x;
        var delta = Delta(dropped);
        if (Magnitude is null)
        {
            // The base result is nobody else's: adding in place saves a pass over (..., out). A biased projection returns a view, where it would not.
            return Projection.Bias is null ? y.add_(delta) : y.add(delta);
        }

        return ApplyMagnitude(x, dropped, y, delta);
    }

    /// <inheritdoc/>
    public Tensor ApplyRows(Tensor x, Tensor y)
    {
        if (!Active || Magnitude is not null || Bias is not null || BaseBias is not null)
        {
            return Apply(x, y);
        }

        // One product that adds onto the base result in place: no delta of (rows, out) ever exists.
        var dropped = Training && Dropout > 0 ? nn.functional.dropout(x, Dropout, true) : x;
        var low = dropped.mm(A.to_type(x.dtype).t());                          // (rows, rank)
        return y.addmm_(low, B.mul(scale).to_type(x.dtype).t(), 1, 1);
    }

    /// <summary>scale · B A as (out, in), fp32.</summary>
    public Tensor DeltaWeight()
    {
        using var quiet = no_grad();
        return B.matmul(A).mul_(scale);
    }

    /// <summary>The merged weight (out, in) in fp32: W + scale · B A, renormalised where there is a magnitude.</summary>
    public Tensor MergedWeight()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var sum = BaseWeight() + DeltaWeight();
        if (Magnitude is not null)
        {
            sum = sum * (Magnitude / RowNorm(sum)).unsqueeze(1);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>The merged bias (out) in fp32, or null where neither the base nor the adapter has one.</summary>
    public Tensor? MergedBias()
    {
        using var quiet = no_grad();
        var own = BaseBias ?? Projection.Bias?.to_type(ScalarType.Float32);
        if (Bias is null)
        {
            return own;
        }

        using var scope = NewDisposeScope();
        var added = Bias.mul(scale);
        return (own is null ? added : own + added).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
        Bias?.Dispose();
        Magnitude?.Dispose();
        BaseBias?.Dispose();
    }

    private Tensor Delta(Tensor x)
    {
        var low = x.matmul(A.to_type(x.dtype).t());              // (..., rank)
        var delta = low.matmul(B.mul(scale).to_type(x.dtype).t()); // (..., out)
        return Bias is null ? delta : delta + Bias.mul(scale).to_type(x.dtype);
    }

    // The norm is a constant in the backward pass, as in the paper's section 4.3.
    private Tensor ApplyMagnitude(Tensor x, Tensor dropped, Tensor y, Tensor delta)
    {
        Tensor factor;
        using (var scope = NewDisposeScope())
        {
            Tensor norm;
            using (no_grad())
            {
                norm = RowNorm(BaseWeight() + DeltaWeight());
            }

            factor = (Magnitude! / norm).to_type(x.dtype).MoveToOuterDisposeScope();
        }

        if (ReferenceEquals(x, dropped))
        {
            var bias = Projection.Bias;
            return bias is null ? (y + delta) * factor : (y - bias + delta) * factor + bias;
        }

        // With dropout the base keeps the whole input and only the correction sees the dropped one, as PEFT does.
        return y + dropped.matmul(Projection.Weight.t()) * (factor - Scalars.One) + delta * factor;
    }

    private Tensor BaseWeight() => Projection.Weight.to_type(ScalarType.Float32);

    private static Tensor RowNorm(Tensor weight) => weight.square().sum(1).sqrt();
}
