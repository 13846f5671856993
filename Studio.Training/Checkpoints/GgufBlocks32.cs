using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Studio.Training.Checkpoints;

/// <summary>Quantised types with 32 values a block: one scale, sometimes an offset, then the codes. Products are rounded before sums, as the reference decoders do.</summary>
internal static class GgufBlocks32
{
    private static readonly float[] NonLinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
    private static readonly float[] Fp4Doubled = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    public static void Q40(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 18; blocks = blocks[18..], values = values[32..])
        {
            var d = F16(blocks, 0);
            var codes = blocks.Slice(2, 16);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * ((codes[i] & 15) - 8);
                values[i + 16] = d * ((codes[i] >> 4) - 8);
            }
        }
    }

    public static void Q41(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 20; blocks = blocks[20..], values = values[32..])
        {
            float d = F16(blocks, 0), m = F16(blocks, 2);
            var codes = blocks.Slice(4, 16);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * (codes[i] & 15) + m;
                values[i + 16] = d * (codes[i] >> 4) + m;
            }
        }
    }

    public static void Q50(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 22; blocks = blocks[22..], values = values[32..])
        {
            var d = F16(blocks, 0);
            var high = MemoryMarshal.Read<uint>(blocks[2..]);
            var codes = blocks.Slice(6, 16);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * (((codes[i] & 15) | (int)((high >> i) << 4 & 16)) - 16);
                values[i + 16] = d * (((codes[i] >> 4) | (int)(high >> (i + 12) & 16)) - 16);
            }
        }
    }

    public static void Q51(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 24; blocks = blocks[24..], values = values[32..])
        {
            float d = F16(blocks, 0), m = F16(blocks, 2);
            var high = MemoryMarshal.Read<uint>(blocks[4..]);
            var codes = blocks.Slice(8, 16);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * ((codes[i] & 15) | (int)((high >> i) << 4 & 16)) + m;
                values[i + 16] = d * ((codes[i] >> 4) | (int)(high >> (i + 12) & 16)) + m;
            }
        }
    }

    public static void Q80(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 34; blocks = blocks[34..], values = values[32..])
        {
            var d = F16(blocks, 0);
            var codes = MemoryMarshal.Cast<byte, sbyte>(blocks.Slice(2, 32));
            for (var i = 0; i < 32; i++)
            {
                values[i] = d * codes[i];
            }
        }
    }

    public static void Iq4Nl(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 18; blocks = blocks[18..], values = values[32..])
        {
            var d = F16(blocks, 0);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * NonLinear[blocks[2 + i] & 15];
                values[i + 16] = d * NonLinear[blocks[2 + i] >> 4];
            }
        }
    }

    public static void Mxfp4(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 17; blocks = blocks[17..], values = values[32..])
        {
            // The scale is a power of two; the table holds doubled values, so half of it is taken.
            uint e = blocks[0];
            var d = BitConverter.UInt32BitsToSingle(e < 2 ? 0x00200000u << (int)e : (e - 1) << 23);
            for (var i = 0; i < 16; i++)
            {
                values[i] = d * Fp4Doubled[blocks[1 + i] & 15];
                values[i + 16] = d * Fp4Doubled[blocks[1 + i] >> 4];
            }
        }
    }

    internal static float NonLinearValue(int code) => NonLinear[code];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float F16(ReadOnlySpan<byte> bytes, int at) => (float)MemoryMarshal.Read<Half>(bytes[at..]);
}
