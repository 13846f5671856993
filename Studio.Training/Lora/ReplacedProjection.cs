using Studio.Training.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>A projection whose matrix, bias or both were trained whole and stand in place of the base's (PEFT: modules_to_save, bias).</summary>
public sealed class ReplacedProjection(string name, ProjectionLinear projection, Parameter? weight, Parameter? bias, string biasName) : IAdapterPart, IProjectionAdapter
{
    public string Name { get; } = name;

    public ProjectionLinear? Projection => projection;

    public IEnumerable<(string Name, Parameter Parameter)> Tensors()
    {
        if (weight is not null)
        {
            yield return (Name + ".weight", weight);
        }

        if (bias is not null)
        {
            yield return (biasName, bias);
        }
    }

    public Tensor Apply(Tensor x, Tensor y)
    {
        if (weight is null)
        {
            return y + (bias! - projection.Bias!.to_type(ScalarType.Float32)).to_type(y.dtype);
        }

        var stored = weight.to_type(x.dtype);
        var own = (bias ?? projection.Bias)?.to_type(x.dtype);
        return nn.functional.linear(x, projection.Transposed ? stored.t() : stored, own!);
    }

    public void Attach() => projection.Adapter = this;

    public void Detach()
    {
        if (ReferenceEquals(projection.Adapter, this))
        {
            projection.Adapter = null;
        }
    }

    public void Merge()
    {
        using var quiet = no_grad();
        if (weight is not null)
        {
            projection.Stored.copy_(weight);
        }

        if (bias is not null)
        {
            projection.Bias!.copy_(bias);
        }

        Detach();
    }

    public void Dispose()
    {
        Detach();
        weight?.Dispose();
        bias?.Dispose();
    }
}
