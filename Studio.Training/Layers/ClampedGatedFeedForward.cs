using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>A gated feed-forward with clamped inputs, (up + 1) · gate · sigmoid(alpha · gate), whose fused matrix alternates gate and up columns (gpt-oss).</summary>
public sealed class ClampedGatedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ProjectionLinear both, down;
    private readonly long inner;
    private readonly double limit, alpha;

    public ClampedGatedFeedForward(long hidden, long inner, double limit, double alpha, TensorPlace place) : base(nameof(ClampedGatedFeedForward))
    {
        (this.inner, this.limit, this.alpha) = (inner, limit, alpha);
        both = new ProjectionLinear(hidden, 2 * inner, true, place, transposed: true);
        down = new ProjectionLinear(inner, hidden, true, place, transposed: true);
        register_module("gate_up_proj", both);
        register_module("down_proj", down);
    }

    public override Tensor forward(Tensor x)
    {
        var y = both.forward(x);
        var pairs = y.view([.. y.shape[..^1], inner, 2]);
        var gate = pairs.select(-1, 0).clamp_max(Scalars.Of(limit));
        var up = pairs.select(-1, 1).clamp(Scalars.Of(-limit), Scalars.Of(limit));
        return down.forward(up.add(Scalars.One).mul(gate.mul(gate.mul(Scalars.Of(alpha)).sigmoid())));
    }
}
