using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>
/// AdamW with both moments stored in 8 bits: blocks of 256 values share a largest magnitude, codes come from a dynamic table (Dettmers et al. 2022).
/// Tensors below 4,096 values keep fp32 moments.
/// </summary>
public sealed class AdamW8Bit : Optimizer
{
    private const int Block = 256, Smallest = 4096, Grid = 65536;
    private const double GridHalf = 32767.5;

    private readonly double beta1, beta2, eps;
    private readonly Tensor signedTable, unsignedTable, signedCodes, unsignedCodes;
    private readonly AdamW? small;
    private readonly int[] large;
    private readonly Tensor[] codes1, codes2, scales1, scales2, steps;

    public AdamW8Bit(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2, double eps)
        : base(tensors)
    {
        (this.beta1, this.beta2, this.eps) = (beta1, beta2, eps);
        var device = tensors.Count == 0 ? CPU : tensors[0].Parameter.device;
        (signedTable, signedCodes) = Table(signed: true, device);
        (unsignedTable, unsignedCodes) = Table(signed: false, device);
        OptimizedTensor[] few = [.. tensors.Where(t => t.Parameter.numel() < Smallest)];
        small = few.Length == 0 ? null : new AdamW(few, beta1, beta2, eps);
        large = [.. Enumerable.Range(0, tensors.Count).Where(i => tensors[i].Parameter.numel() >= Smallest)];
        codes1 = [.. large.Select(i => Zeros(tensors[i].Parameter, ScalarType.Byte))];
        codes2 = [.. large.Select(i => Zeros(tensors[i].Parameter, ScalarType.Byte))];
        scales1 = [.. large.Select(i => Scales(tensors[i].Parameter))];
        scales2 = [.. large.Select(i => Scales(tensors[i].Parameter))];
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
        signedTable.Dispose();
        unsignedTable.Dispose();
        signedCodes.Dispose();
        unsignedCodes.Dispose();
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
            var first = Decode(codes1[k], scales1[k], signedTable, step > 1);
            var second = Decode(codes2[k], scales2[k], unsignedTable, step > 1);
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
            Encode(first, codes1[k], scales1[k], signedCodes);
            Encode(second, codes2[k], scales2[k], unsignedCodes);
        }
    }

    private static Tensor Decode(Tensor codes, Tensor scales, Tensor table, bool filled)
    {
        if (!filled)
        {
            return zeros(codes.shape, ScalarType.Float32, codes.device);
        }

        var values = table.index_select(0, codes.flatten().to_type(ScalarType.Int64));
        var blocks = Blocks(values) * scales.unsqueeze(1);
        return blocks.flatten().narrow(0, 0, codes.numel()).reshape(codes.shape).contiguous();
    }

    // bitsandbytes looks codes up on a grid of 65,536 values between -1 and 1; so do we, or a resumed foreign state would drift.
    private static void Encode(Tensor values, Tensor codes, Tensor scales, Tensor lookup)
    {
        var blocks = Blocks(values.flatten());
        var largest = blocks.abs().amax([1]);
        scales.copy_(largest);
        var unit = blocks / largest.clamp_min(Scalars.Of(1e-38)).unsqueeze(1);
        var place = unit.add_(Scalars.One).mul_(Scalars.Of(GridHalf)).add_(Scalars.Of(0.5)).to_type(ScalarType.Int64).clamp_(Scalars.Of(0L), Scalars.Of((long)Grid - 1));
        codes.copy_(lookup.index_select(0, place.flatten().narrow(0, 0, codes.numel())).reshape(codes.shape));
    }

    private static Tensor Blocks(Tensor flat)
    {
        var count = flat.numel();
        var padded = (count + Block - 1) / Block * Block;
        return (padded == count ? flat : nn.functional.pad(flat, [0, padded - count])).reshape(-1, Block);
    }

    private static Tensor Scales(Tensor parameter) => zeros([(parameter.numel() + Block - 1) / Block], ScalarType.Float32, parameter.device).DetachFromDisposeScope();

    // Seven decades, each with twice as many steps as the one below; plus 0 and 1. A value of the grid goes to the code whose number is nearest.
    private static (Tensor Table, Tensor Codes) Table(bool signed, Device device)
    {
        const int Decades = 7;
        List<double> values = [0, 1];
        for (var d = 0; d < Decades; d++)
        {
            var count = (signed ? 1 << d : 1 << (d + 1)) + 1;
            var size = Math.Pow(10, d - (Decades - 1));
            for (var i = 0; i < count - 1; i++)
            {
                double Edge(int n) => 0.1 + 0.9 * n / (count - 1);
                var middle = (float)size * (float)((Edge(i) + Edge(i + 1)) / 2);
                values.Add(middle);
                if (signed)
                {
                    values.Add(-middle);
                }
            }
        }

        while (values.Count < 256)
        {
            values.Add(0);
        }

        float[] table = [.. values.Order().Select(v => (float)v)];
        var codes = new byte[Grid];
        for (int g = 0, code = 0; g < Grid; g++)
        {
            var value = g / GridHalf - 1;
            while (code < 255 && value - table[code] > table[code + 1] - value)
            {
                code++;
            }

            codes[g] = (byte)code;
        }

        return (tensor(table, device: device).DetachFromDisposeScope(), tensor(codes, device: device).DetachFromDisposeScope());
    }
}
