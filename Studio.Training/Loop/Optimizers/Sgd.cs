using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Stochastic gradient descent with momentum as torch counts it (the gradient enters whole), weight decay as an L2 term.</summary>
public sealed class Sgd : Optimizer
{
    private readonly double momentum;
    private readonly bool nesterov;
    private readonly Tensor[] velocities;

    public Sgd(IReadOnlyList<OptimizedTensor> tensors, double momentum, bool nesterov = false)
        : base(tensors)
    {
        (this.momentum, this.nesterov) = (momentum, nesterov);
        velocities = momentum == 0 ? [] : [.. tensors.Select(t => Zeros(t.Parameter))];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State() => velocities.Select((v, i) => ($"momentum_buffer.{Tensors[i].Name}", v));

    protected override void Update(double learningRate)
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            var parameter = Tensors[i].Parameter;
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradient = parameter.grad.to_type(ScalarType.Float32);
            if (Tensors[i].WeightDecay != 0)
            {
                gradient = gradient + (parameter.to_type(ScalarType.Float32) * Scalars.Of(Tensors[i].WeightDecay));
            }

            if (momentum != 0)
            {
                velocities[i].mul_(Scalars.Of(momentum)).add_(gradient);
                gradient = nesterov ? gradient + (velocities[i] * Scalars.Of(momentum)) : velocities[i];
            }

            parameter.add_(gradient.to_type(parameter.dtype), alpha: Scalars.Of(-learningRate * Tensors[i].RateScale));
        }
    }
}
