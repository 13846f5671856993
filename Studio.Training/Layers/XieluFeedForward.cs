using Studio.Training.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>down(xIELU(up(x))), an activation with learned slopes (Huang and Schlag, 2024).</summary>
public sealed class XieluFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ProjectionLinear up, down;
    // In a list, because TorchSharp would list fields of their own under the fields' names, beside the checkpoint's.
    private readonly Parameter[] slopes;

    public XieluFeedForward(long hidden, long inner, bool bias, TensorPlace place) : base(nameof(XieluFeedForward))
    {
        up = new ProjectionLinear(hidden, inner, bias, place);
        down = new ProjectionLinear(inner, hidden, bias, place);
        slopes = [Frozen.Parameter(place, 1), Frozen.Parameter(place, 1), Frozen.Parameter(place), Frozen.Parameter(place)];
        register_module("up_proj", up);
        register_module("down_proj", down);
        var activation = new Container();
        activation.register_parameter("alpha_p", slopes[0]);
        activation.register_parameter("alpha_n", slopes[1]);
        activation.register_parameter("beta", slopes[2]);
        activation.register_parameter("eps", slopes[3]);
        register_module("act_fn", activation);
    }

    public override Tensor forward(Tensor x)
    {
        var (positive, negative, beta, eps) = (slopes[0], slopes[1], slopes[2], slopes[3]);
        var h = up.forward(x);
        var above = nn.functional.softplus(positive).mul(h.square()).add(h.mul(beta));
        var below = h.minimum(eps).expm1().sub(h).mul(nn.functional.softplus(negative).add(beta)).add(h.mul(beta));
        return down.forward(where(h.gt(Scalars.Zero), above, below));
    }
}
