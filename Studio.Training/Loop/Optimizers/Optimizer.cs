using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>A trained tensor and how its group differs from the rest.</summary>
/// <param name="RateScale">Multiplies the learning rate (LoRA+).</param>
public sealed record OptimizedTensor(string Name, Parameter Parameter, double WeightDecay, double RateScale = 1);

/// <summary>Turns gradients into steps; its state survives in a safetensors file.</summary>
public abstract class Optimizer(IReadOnlyList<OptimizedTensor> tensors) : IDisposable
{
    protected IReadOnlyList<OptimizedTensor> Tensors { get; } = tensors;

    /// <summary>Applies the gradients of one step; tensors without one are left alone.</summary>
    public void Step(double learningRate)
    {
        using var quiet = no_grad();
        Update(learningRate);
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Parameter.grad = null!;
        }
    }

    /// <summary>Every tensor that must survive a restart.</summary>
    public abstract IEnumerable<(string Name, Tensor Tensor)> State();

    /// <summary>Takes back what <see cref="State"/> gave; every name must be there.</summary>
    public void Load(Func<string, Tensor> read)
    {
        using var quiet = no_grad();
        foreach (var (name, tensor) in State())
        {
            using var saved = read(name);
            tensor.copy_(saved);
        }
    }

    public virtual void Dispose()
    {
        foreach (var (_, tensor) in State())
        {
            tensor.Dispose();
        }
    }

    protected abstract void Update(double learningRate);

    /// <summary>A zero tensor like the parameter that no dispose scope takes away.</summary>
    protected static Tensor Zeros(Tensor like, ScalarType? type = null) =>
        torch.zeros(like.shape, type ?? ScalarType.Float32, like.device).DetachFromDisposeScope();

    /// <summary>A counter of steps as fp32 scalar, the form the fused kernels take.</summary>
    protected static Tensor Counter() => torch.zeros([], ScalarType.Float32).DetachFromDisposeScope();
}
