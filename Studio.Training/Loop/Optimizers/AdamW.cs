using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), all tensors in one fused call per group.</summary>
public sealed class AdamW : Optimizer
{
    private readonly double beta1, beta2, eps;
    private readonly Tensor[] averages, squares, steps;

    public AdamW(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2, double eps)
        : base(tensors)
    {
        (this.beta1, this.beta2, this.eps) = (beta1, beta2, eps);
        averages = [.. tensors.Select(t => Zeros(t.Parameter))];
        squares = [.. tensors.Select(t => Zeros(t.Parameter))];
        steps = [.. tensors.Select(_ => Counter())];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            yield return ($"exp_avg.{Tensors[i].Name}", averages[i]);
            yield return ($"exp_avg_sq.{Tensors[i].Name}", squares[i]);
            yield return ($"step.{Tensors[i].Name}", steps[i]);
        }
    }

    protected override void Update(double learningRate)
    {
        // The fused kernel is written for fp32 parameters; others step in fp32 and are rounded back.
        foreach (var group in Enumerable.Range(0, Tensors.Count)
            .Where(i => Tensors[i].Parameter.grad is not null)
            .GroupBy(i => (Tensors[i].WeightDecay, Tensors[i].RateScale, Tensors[i].Parameter.dtype, Tensors[i].Parameter.device.ToString())))
        {
            using var scope = NewDisposeScope();
            int[] members = [.. group];
            var single = group.Key.dtype == ScalarType.Float32;
            Tensor[] parameters = [.. members.Select(i => single ? Tensors[i].Parameter : Tensors[i].Parameter.to_type(ScalarType.Float32))];
            Tensor[] gradients = [.. members.Select(i => Tensors[i].Parameter.grad!.to_type(ScalarType.Float32).contiguous())];
            Dispatcher.FusedAdamW(parameters, gradients, [.. members.Select(i => averages[i])], [.. members.Select(i => squares[i])], [.. members.Select(i => steps[i])],
                learningRate * group.Key.RateScale, beta1, beta2, group.Key.WeightDecay, eps);
            if (!single)
            {
                for (var k = 0; k < members.Length; k++)
                {
                    Tensors[members[k]].Parameter.copy_(parameters[k]);
                }
            }
        }
    }
}
