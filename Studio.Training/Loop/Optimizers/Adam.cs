using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2015), weight decay as an L2 term in the gradient or decoupled from it, with or without the running maximum of AMSGrad (Reddi et al. 2018). <see cref="AdamW"/> is the fused kernel for the usual case.
/// </summary>
public sealed class Adam : Optimizer
{
    private readonly double beta1, beta2, eps;
    private readonly bool amsgrad, decoupled;
    private readonly Tensor[] averages, squares, largest, steps;

    public Adam(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2, double eps, bool amsgrad, bool decoupled)
        : base(tensors)
    {
        (this.beta1, this.beta2, this.eps, this.amsgrad, this.decoupled) = (beta1, beta2, eps, amsgrad, decoupled);
        averages = [.. tensors.Select(t => Zeros(t.Parameter))];
        squares = [.. tensors.Select(t => Zeros(t.Parameter))];
        largest = amsgrad ? [.. tensors.Select(t => Zeros(t.Parameter))] : [];
        steps = [.. tensors.Select(_ => Counter())];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            yield return ($"exp_avg.{Tensors[i].Name}", averages[i]);
            yield return ($"exp_avg_sq.{Tensors[i].Name}", squares[i]);
            yield return ($"step.{Tensors[i].Name}", steps[i]);
            if (amsgrad)
            {
                yield return ($"max_exp_avg_sq.{Tensors[i].Name}", largest[i]);
            }
        }
    }

    protected override void Update(double learningRate)
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            var (parameter, decay, rate) = (Tensors[i].Parameter, Tensors[i].WeightDecay, learningRate * Tensors[i].RateScale);
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            steps[i].add_(Scalars.One);
            var step = steps[i].item<float>();
            var gradient = parameter.grad.to_type(ScalarType.Float32);
            if (decay != 0)
            {
                if (decoupled)
                {
                    parameter.mul_(Scalars.Of(1 - (rate * decay)));
                }
                else
                {
                    gradient = gradient + (parameter.to_type(ScalarType.Float32) * Scalars.Of(decay));
                }
            }

            averages[i].mul_(Scalars.Of(beta1)).add_(gradient, alpha: Scalars.Of(1 - beta1));
            squares[i].mul_(Scalars.Of(beta2)).addcmul_(gradient, gradient, Scalars.Of(1 - beta2));
            var second = squares[i];
            if (amsgrad)
            {
                largest[i].copy_(maximum(largest[i], second));
                second = largest[i];
            }

            var root = second.sqrt().div_(Scalars.Of(Math.Sqrt(1 - Math.Pow(beta2, step)))).add_(Scalars.Of(eps));
            parameter.add_(averages[i].div(root).mul_(Scalars.Of(-rate / (1 - Math.Pow(beta1, step)))).to_type(parameter.dtype));
        }
    }
}
