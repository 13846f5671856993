using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Steps divided by the root of all squared gradients so far (Duchi et al. 2011), weight decay as an L2 term.</summary>
public sealed class Adagrad : Optimizer
{
    private const double Eps = 1e-10;

    private readonly Tensor[] sums;

    public Adagrad(IReadOnlyList<OptimizedTensor> tensors)
        : base(tensors) => sums = [.. tensors.Select(t => Zeros(t.Parameter))];

    public override IEnumerable<(string Name, Tensor Tensor)> State() => sums.Select((s, i) => ($"sum.{Tensors[i].Name}", s));

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

            sums[i].addcmul_(gradient, gradient, Scalars.One);
            var step = gradient.div(sums[i].sqrt().add_(Scalars.Of(Eps)));
            parameter.add_(step.to_type(parameter.dtype), alpha: Scalars.Of(-learningRate * Tensors[i].RateScale));
        }
    }
}
