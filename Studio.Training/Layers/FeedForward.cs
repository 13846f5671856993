using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>down(act(gate(x)) · up(x)) (Shazeer, 2020).</summary>
public sealed class GatedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ProjectionLinear gate, up, down;
    private readonly Func<Tensor, Tensor> activation;
    private readonly nn.Module<Tensor, Tensor>? innerNorm;

    /// <param name="names">Names of gate, up and down in the checkpoint.</param>
    /// <param name="innerNorm">Norm before <c>down</c>, named <c>ffn_sub_norm</c>.</param>
    public GatedFeedForward(long hidden, long inner, string activation, TensorPlace place, bool bias = false, string[]? names = null, nn.Module<Tensor, Tensor>? innerNorm = null)
        : base(nameof(GatedFeedForward))
    {
        this.activation = Activation.Named(activation);
        this.innerNorm = innerNorm;
        names ??= ["gate_proj", "up_proj", "down_proj"];
        gate = new ProjectionLinear(hidden, inner, bias, place);
        up = new ProjectionLinear(hidden, inner, bias, place);
        down = new ProjectionLinear(inner, hidden, bias, place);
        register_module(names[0], gate);
        register_module(names[1], up);
        register_module(names[2], down);
        if (innerNorm is not null)
        {
            register_module("ffn_sub_norm", innerNorm);
        }
    }

    public override Tensor forward(Tensor x)
    {
        var inner = activation(gate.forward(x)).mul(up.forward(x));
        return down.forward(innerNorm is null ? inner : innerNorm.forward(inner));
    }
}

/// <summary>A gated feed-forward whose gate and up matrices are one, gate rows first.</summary>
public sealed class FusedGatedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ProjectionLinear both, down;
    private readonly Func<Tensor, Tensor> activation;
    private readonly long inner;

    public FusedGatedFeedForward(long hidden, long inner, string activation, TensorPlace place, bool bias = false, string bothName = "gate_up_proj", string downName = "down_proj", bool transposed = false)
        : base(nameof(FusedGatedFeedForward))
    {
        this.activation = Activation.Named(activation);
        this.inner = inner;
        both = new ProjectionLinear(hidden, 2 * inner, bias, place, transposed);
        down = new ProjectionLinear(inner, hidden, bias, place, transposed);
        register_module(bothName, both);
        register_module(downName, down);
    }

    public override Tensor forward(Tensor x)
    {
        var y = both.forward(x);
        return down.forward(activation(y.narrow(-1, 0, inner)).mul(y.narrow(-1, inner, inner)));
    }
}

/// <summary>out(act(in(x))).</summary>
public sealed class PlainFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ProjectionLinear first, second;
    private readonly Func<Tensor, Tensor> activation;

    public PlainFeedForward(long hidden, long inner, string activation, TensorPlace place, bool bias, string firstName, string secondName, bool transposed = false)
        : base(nameof(PlainFeedForward))
    {
        this.activation = Activation.Named(activation);
        first = new ProjectionLinear(hidden, inner, bias, place, transposed);
        second = new ProjectionLinear(inner, hidden, bias, place, transposed);
        register_module(firstName, first);
        register_module(secondName, second);
    }

    public override Tensor forward(Tensor x) => second.forward(activation(first.forward(x)));
}
