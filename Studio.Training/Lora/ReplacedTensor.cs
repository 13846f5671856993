using Studio.Training.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>
/// A small tensor of the base, the weight or bias of a norm, with a trained copy in its place. Norms have no place for an adapter, so the values themselves change places while it is attached.
/// </summary>
public sealed class ReplacedTensor(string name, Parameter target, Tensor trained) : IAdapterPart
{
    private readonly Tensor other = trained.to_type(target.dtype).clone().DetachFromDisposeScope();
    private bool attached;

    public string Name { get; } = name;

    public ProjectionLinear? Projection => null;

    public IEnumerable<(string Name, Parameter Parameter)> Tensors() => [(Name, target)];

    public void Attach()
    {
        if (!attached)
        {
            Exchange();
            target.requires_grad_(true);
        }
    }

    public void Detach()
    {
        if (attached)
        {
            target.requires_grad_(false);
            Exchange();
        }
    }

    public void Merge()
    {
        Attach();
        target.requires_grad_(false);
        attached = false;
    }

    public void Dispose()
    {
        Detach();
        other.Dispose();
    }

    private void Exchange()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var now = target.clone();
        target.copy_(other);
        other.copy_(now);
        attached = !attached;
    }
}
