using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Lion with its momentum stored in 8 bits, as <see cref="AdamW8Bit"/> stores its moments. Tensors below 4,096 values keep fp32.</summary>
public sealed class Lion8Bit : Optimizer
{
    private readonly double beta1, beta2;
    private readonly ByteCodes table;
    private readonly Lion? small;
    private readonly int[] large;
    private readonly Tensor[] codes, scales;

    public Lion8Bit(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2)
        : base(tensors)
    {
        (this.beta1, this.beta2) = (beta1, beta2);
        table = new ByteCodes(signed: true, tensors.Count == 0 ? CPU : tensors[0].Parameter.device);
        OptimizedTensor[] few = [.. tensors.Where(t => t.Parameter.numel() < ByteCodes.Smallest)];
        small = few.Length == 0 ? null : new Lion(few, beta1, beta2);
        large = [.. Enumerable.Range(0, tensors.Count).Where(i => tensors[i].Parameter.numel() >= ByteCodes.Smallest)];
        codes = [.. large.Select(i => Zeros(tensors[i].Parameter, ScalarType.Byte))];
        scales = [.. large.Select(i => ByteCodes.Scales(tensors[i].Parameter))];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var k = 0; k < large.Length; k++)
        {
            yield return ($"state1.{Tensors[large[k]].Name}", codes[k]);
            yield return ($"absmax1.{Tensors[large[k]].Name}", scales[k]);
        }

        foreach (var entry in small?.State() ?? [])
        {
            yield return entry;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        table.Dispose();
    }

    protected override void Update(double learningRate)
    {
        small?.Step(learningRate);
        for (var k = 0; k < large.Length; k++)
        {
            var (parameter, rate) = (Tensors[large[k]].Parameter, learningRate * Tensors[large[k]].RateScale);
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradient = parameter.grad.to_type(ScalarType.Float32);

            // Fresh codes come with scales of zero, so they read as zero.
            var momentum = table.Decode(codes[k], scales[k]);
            if (Tensors[large[k]].WeightDecay != 0)
            {
                parameter.mul_(Scalars.Of(1 - (rate * Tensors[large[k]].WeightDecay)));
            }

            var direction = momentum.mul(Scalars.Of(beta1)).add_(gradient, alpha: Scalars.Of(1 - beta1)).sign_();
            parameter.add_(direction.to_type(parameter.dtype), alpha: Scalars.Of(-rate));
            momentum.mul_(Scalars.Of(beta2)).add_(gradient, alpha: Scalars.Of(1 - beta2));
            table.Encode(momentum, codes[k], scales[k]);
        }
    }
}
