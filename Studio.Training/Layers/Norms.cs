using Studio.Training.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Root-mean-square norm over the last dimension (Zhang and Sennrich, 2019), in fp32 inside.</summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter? weight;
    private readonly double eps;
    private readonly bool addOne;
    private Tensor? factor;

    /// <param name="addOne">Multiply by 1 + weight (Gemma).</param>
    /// <param name="weightless">No weight at all.</param>
    public RmsNorm(long features, double eps, TensorPlace place, bool addOne = false, bool weightless = false) : base(nameof(RmsNorm))
    {
        (this.eps, this.addOne) = (eps, addOne);
        if (!weightless)
        {
            weight = Frozen.Parameter(place, features);
            register_parameter("weight", weight);
        }
    }

    public override Tensor forward(Tensor x)
    {
        if (weight is null || !addOne)
        {
            return weight is { requires_grad: false } && x.requires_grad && x.device.type == TorchSharp.DeviceType.CPU && is_grad_enabled()
                ? RmsNormGradient.Run(x, weight, eps)
                : Dispatcher.RmsNorm(x, weight, eps);
        }

        // 1 + weight loses digits in 16 bits, so the product is done in fp32.
        if (weight.requires_grad)
        {
            return Wide(x, weight.to_type(ScalarType.Float32).add(Scalars.One));
        }

        factor ??= weight.detach().to_type(ScalarType.Float32).add(Scalars.One).DetachFromDisposeScope();
        return Wide(x, factor);
    }

    /// <summary>Forgets what was derived from the weight; call after changing it.</summary>
    public void Refresh()
    {
        factor?.Dispose();
        factor = null;
    }

    private Tensor Wide(Tensor x, Tensor scale) => x.dtype == ScalarType.Float32
        ? Dispatcher.RmsNorm(x, scale, eps)
        : Dispatcher.RmsNorm(x.to_type(ScalarType.Float32), scale, eps).to_type(x.dtype);
}

/// <summary>Layer norm over the last dimension (Ba et al., 2016), with or without weight and bias.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter? weight;
    private readonly Parameter? bias;
    private readonly double eps;
    private readonly bool addOne;
    private readonly long[] shape;

    /// <param name="addOne">Multiply by 1 + weight (Nemotron).</param>
    public LayerNorm(long features, double eps, TensorPlace place, bool bias = true, bool weight = true, bool addOne = false) : base(nameof(LayerNorm))
    {
        (this.eps, this.addOne, shape) = (eps, addOne, [features]);
        if (weight)
        {
            this.weight = Frozen.Parameter(place, features);
            register_parameter("weight", this.weight);
        }

        if (bias)
        {
            this.bias = Frozen.Parameter(place, features);
            register_parameter("bias", this.bias);
        }
    }

    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x, shape, addOne ? weight!.add(Scalars.One) : weight!, bias!, eps);
}

/// <summary>Layer norm with its own weight row for every head: (heads, headDim), no bias, no sum over heads (Cohere).</summary>
public sealed class HeadLayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double eps;
    private readonly long[] shape;

    public HeadLayerNorm(long heads, long headDim, double eps, TensorPlace place) : base(nameof(HeadLayerNorm))
    {
        (this.eps, shape) = (eps, [headDim]);
        weight = Frozen.Parameter(place, heads, headDim);
        register_parameter("weight", weight);
    }

    /// <param name="x">(..., heads, headDim)</param>
    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x, shape, null!, null!, eps).mul(weight);
}

/// <summary>One layer norm module per head, named <c>norms.N</c> (StableLM).</summary>
public sealed class PerHeadNorms : nn.Module<Tensor, Tensor>
{
    private readonly Parameter[] weights;
    private readonly double eps;
    private readonly long[] shape;

    public PerHeadNorms(int heads, long headDim, double eps, TensorPlace place) : base(nameof(PerHeadNorms))
    {
        (this.eps, shape) = (eps, [headDim]);
        weights = new Parameter[heads];
        var places = new Dictionary<string, Container>();
        for (var i = 0; i < heads; i++)
        {
            weights[i] = Frozen.Parameter(place, headDim);
            var holder = new Container();
            holder.register_parameter("weight", weights[i]);
            Container.Place(this, places, $"norms.{i}", holder);
        }
    }

    /// <param name="x">(..., heads, headDim)</param>
    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x, shape, null!, null!, eps).mul(stack(weights, 0));
}
