using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Numbers in 8 bits: blocks of 256 share a largest magnitude, codes come from a dynamic table (Dettmers et al. 2022).</summary>
internal sealed class ByteCodes : IDisposable
{
    /// <summary>Values of the smallest tensor that is worth it.</summary>
    public const int Smallest = 4096;

    private const int Block = 256, Grid = 65536;
    private const double GridHalf = 32767.5;

    private readonly Tensor table, lookup;

    public ByteCodes(bool signed, Device device) => (table, lookup) = Make(signed, device);

    public void Dispose()
    {
        table.Dispose();
        lookup.Dispose();
    }

    /// <summary>The values behind codes, fp32; a scale of zero reads as zero.</summary>
    public Tensor Decode(Tensor codes, Tensor scales)
    {
        var values = table.index_select(0, codes.flatten().to_type(ScalarType.Int64));
        var blocks = Blocks(values) * scales.unsqueeze(1);
        return blocks.flatten().narrow(0, 0, codes.numel()).reshape(codes.shape).contiguous();
    }

    /// <summary>Stores values as codes and scales.</summary>
    // bitsandbytes looks codes up on a grid of 65,536 values between -1 and 1; so do we, or a resumed foreign state would drift.
    public void Encode(Tensor values, Tensor codes, Tensor scales)
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

    /// <summary>A zero scale for every block of a parameter.</summary>
    public static Tensor Scales(Tensor parameter) => zeros([(parameter.numel() + Block - 1) / Block], ScalarType.Float32, parameter.device).DetachFromDisposeScope();

    // Seven decades, each with twice as many steps as the one below; plus 0 and 1. A value of the grid goes to the code whose number is nearest.
    private static (Tensor Table, Tensor Codes) Make(bool signed, Device device)
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
