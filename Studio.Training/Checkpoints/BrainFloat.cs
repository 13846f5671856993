using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Studio.Training.Checkpoints;

/// <summary>Rounds fp32 to bfloat16, ties to even, as libtorch does.</summary>
internal static class BrainFloat
{
    public static void Round(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var one = Vector256.Create(1u);
            var bias = Vector256.Create(0x7fffu);
            for (; i + 16 <= bits.Length; i += 16)
            {
                var a = Vector256.Create(bits.Slice(i, 8));
                var b = Vector256.Create(bits.Slice(i + 8, 8));
                if (Vector256.EqualsAll(a.AsSingle(), a.AsSingle()) && Vector256.EqualsAll(b.AsSingle(), b.AsSingle()))
                {
                    a = (a + bias + (a >> 16 & one)) >> 16;
                    b = (b + bias + (b >> 16 & one)) >> 16;
                    Vector256.Narrow(a, b).CopyTo(halves[i..]);
                }
                else
                {
                    Plain(bits.Slice(i, 16), halves.Slice(i, 16));
                }
            }
        }

        Plain(bits[i..], halves[i..]);
    }

    private static void Plain(ReadOnlySpan<uint> bits, Span<ushort> halves)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            var b = bits[i];
            halves[i] = float.IsNaN(BitConverter.UInt32BitsToSingle(b)) ? (ushort)0x7fc0 : (ushort)((b + 0x7fff + (b >> 16 & 1)) >> 16);
        }
    }
}
