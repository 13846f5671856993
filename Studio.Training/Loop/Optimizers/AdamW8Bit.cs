using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>
/// AdamW with both moments stored in 8 bits: blocks of 256 values share a largest magnitude, codes come from a dynamic table (Dettmers et al. 2022).
/// Tensors below 4,096 values keep fp32 moments.
/// </summary>
public sealed class AdamW8Bit : Optimizer
{
    private readonly double beta1, beta2, eps;
    private readonly ByteCodes signed, unsigned;
    private readonly AdamW? small;
    private readonly int[] large;
    private readonly Tensor[] codes1, codes2, scales1, scales2, steps;

    public AdamW8Bit(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2, double eps)
        : base(tensors)
    {
        (this.beta1, this.beta2, this.eps) = (beta1, beta2, eps);
        var device = tensors.Count == 0 ? CPU : tensors[0].Parameter.device;
        (signed, unsigned) = (new ByteCodes(signed: true, device), new ByteCodes(signed: false, device));
        OptimizedTensor[] few = [.. tensors.Where(t => t.Parameter.numel() < ByteCodes.Smallest)];
        small = few.Length == 0 ? null : new AdamW(few, beta1, beta2, eps);
        large = [.. Enumerable.Range(0, tensors.Count).Where(i => tensors[i].Parameter.numel() >= ByteCodes.Smallest)];
        codes1 = [.. large.Select(i => Zeros(tensors[i].Parameter, ScalarType.Byte))];
        codes2 = [.. large.Select(i => Zeros(tensors[i].Parameter, ScalarType.Byte))];
        scales1 = [.. large.Select(i => ByteCodes.Scales(tensors[i].Parameter))];
        scales2 = [.. large.Select(i => ByteCodes.Scales(tensors[i].Parameter))];
        steps = [.. large.Select(_ => Counter())];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var k = 0; k < large.Length; k++)
        {
            var name = Tensors[large[k]].Name;
            yield return ($"state1.{name}", codes1[k]);
            yield return ($"state2.{name}", codes2[k]);
            yield return ($"absmax1.{name}", scales1[k]);
            yield return ($"absmax2.{name}", scales2[k]);
            yield return ($"step.{name}", steps[k]);
        }

        foreach (var entry in small?.State() ?? [])
        {
            yield return entry;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        signed.Dispose();
        unsigned.Dispose();
    }

    protected override void Update(double learningRate)
    {
        small?.Step(learningRate);
        for (var k = 0; k < large.Length; k++)
        {
            var tensor = Tensors[large[k]];
            if (tensor.Parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            steps[k].add_(Scalars.One);
            var step = steps[k].item<float>();
            var gradient = tensor.Parameter.grad.to_type(ScalarType.Float32);
            var first = signed.Decode(codes1[k], scales1[k]);
            var second = unsigned.Decode(codes2[k], scales2[k]);
            first.mul_(Scalars.Of(beta1)).add_(gradient, alpha: Scalars.Of(1 - beta1));
            second.mul_(Scalars.Of(beta2)).addcmul_(gradient, gradient, Scalars.Of(1 - beta2));
            var rate = learningRate * tensor.RateScale;
            var correction1 = 1 - Math.Pow(beta1, step);
            var correction2 = Math.Sqrt(1 - Math.Pow(beta2, step));
            if (tensor.WeightDecay != 0)
            {
                tensor.Parameter.mul_(Scalars.Of(1 - rate * tensor.WeightDecay));
            }

            var root = second.sqrt().div_(Scalars.Of(correction2)).add_(Scalars.Of(eps));
            tensor.Parameter.add_(first.div(root).mul_(Scalars.Of(-rate / correction1)).to_type(tensor.Parameter.dtype));
            signed.Encode(first, codes1[k], scales1[k]);
            unsigned.Encode(second, codes2[k], scales2[k]);
        }
    }
}
