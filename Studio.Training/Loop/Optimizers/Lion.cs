using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Steps by the sign of an interpolated momentum (Chen et al. 2023, Lion); wants a learning rate 3 to 10 times below AdamW's.</summary>
public sealed class Lion : Optimizer
{
    private readonly double beta1, beta2;
    private readonly Tensor[] averages;

    public Lion(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2)
        : base(tensors)
    {
        (this.beta1, this.beta2) = (beta1, beta2);
        averages = [.. tensors.Select(t => Zeros(t.Parameter))];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State() => Tensors.Select((t, i) => ($"exp_avg.{t.Name}", averages[i]));

    protected override void Update(double learningRate)
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            var (parameter, rate) = (Tensors[i].Parameter, learningRate * Tensors[i].RateScale);
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradient = parameter.grad.to_type(ScalarType.Float32);
            if (Tensors[i].WeightDecay != 0)
            {
                parameter.mul_(Scalars.Of(1 - rate * Tensors[i].WeightDecay));
            }

            var direction = averages[i].mul(Scalars.Of(beta1)).add_(gradient, alpha: Scalars.Of(1 - beta1)).sign_();
            parameter.add_(direction.to_type(parameter.dtype), alpha: Scalars.Of(-rate));
            averages[i].mul_(Scalars.Of(beta2)).add_(gradient, alpha: Scalars.Of(1 - beta2));
        }
    }
}
