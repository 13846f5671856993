using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Steps divided by the running root mean square of the gradient (Tieleman and Hinton 2012), weight decay as an L2 term.</summary>
public sealed class RmsProp : Optimizer
{
    private readonly double alpha, eps;
    private readonly Tensor[] squares;

    /// <param name="alpha">Memory of the squared gradient.</param>
    public RmsProp(IReadOnlyList<OptimizedTensor> tensors, double alpha = 0.99, double eps = 1e-8)
        : base(tensors)
    {
        (this.alpha, this.eps) = (alpha, eps);
        squares = [.. tensors.Select(t => Zeros(t.Parameter))];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State() => squares.Select((s, i) => ($"square_avg.{Tensors[i].Name}", s));

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

            squares[i].mul_(Scalars.Of(alpha)).addcmul_(gradient, gradient, Scalars.Of(1 - alpha));
            var step = gradient.div(squares[i].sqrt().add_(Scalars.Of(eps)));
            parameter.add_(step.to_type(parameter.dtype), alpha: Scalars.Of(-learningRate * Tensors[i].RateScale));
        }
    }
}
