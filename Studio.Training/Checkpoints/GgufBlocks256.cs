using System.Runtime.InteropServices;

namespace Studio.Training.Checkpoints;

/// <summary>Quantised types with 256 values a block: a block scale, small integer scales for groups of 16 or 32, then the codes.</summary>
internal static class GgufBlocks256
{
    private static readonly byte[] PowersOfThree = [1, 3, 9, 27, 81];

    public static void Q2K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 84; blocks = blocks[84..], values = values[256..])
        {
            float d = GgufBlocks32.F16(blocks, 80), min = GgufBlocks32.F16(blocks, 82);
            var group = 0;
            for (var half = 0; half < 2; half++)
            {
                var codes = blocks.Slice(16 + 32 * half, 32);
                for (var shift = 0; shift < 8; shift += 2)
                {
                    for (var part = 0; part < 2; part++, group++)
                    {
                        float dl = d * (blocks[group] & 15), ml = min * (blocks[group] >> 4);
                        for (var i = 0; i < 16; i++)
                        {
                            values[16 * group + i] = dl * ((codes[16 * part + i] >> shift) & 3) - ml;
                        }
                    }
                }
            }
        }
    }

    public static void Q3K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        Span<sbyte> scales = stackalloc sbyte[16];
        for (; blocks.Length >= 110; blocks = blocks[110..], values = values[256..])
        {
            var d = GgufBlocks32.F16(blocks, 108);
            var packed = blocks.Slice(96, 12);
            for (var i = 0; i < 16; i++)
            {
                var low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
                var high = (packed[8 + i % 4] >> (2 * (i / 4))) & 3;
                scales[i] = (sbyte)((low | high << 4) - 32);
            }

            var group = 0;
            for (var half = 0; half < 2; half++)
            {
                var codes = blocks.Slice(32 + 32 * half, 32);
                for (var step = 0; step < 4; step++)
                {
                    var bit = 1 << (4 * half + step);
                    for (var part = 0; part < 2; part++, group++)
                    {
                        var dl = d * scales[group];
                        for (var i = 0; i < 16; i++)
                        {
                            var at = 16 * part + i;
                            values[16 * group + i] = dl * (((codes[at] >> (2 * step)) & 3) - ((blocks[at] & bit) != 0 ? 0 : 4));
                        }
                    }
                }
            }
        }
    }

    public static void Q4K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 144; blocks = blocks[144..], values = values[256..])
        {
            float d = GgufBlocks32.F16(blocks, 0), min = GgufBlocks32.F16(blocks, 2);
            for (var pair = 0; pair < 4; pair++)
            {
                var (s1, m1) = ScaleAndMin(blocks.Slice(4, 12), 2 * pair);
                var (s2, m2) = ScaleAndMin(blocks.Slice(4, 12), 2 * pair + 1);
                float d1 = d * s1, o1 = min * m1, d2 = d * s2, o2 = min * m2;
                var codes = blocks.Slice(16 + 32 * pair, 32);
                var target = values.Slice(64 * pair, 64);
                for (var i = 0; i < 32; i++)
                {
                    target[i] = d1 * (codes[i] & 15) - o1;
                    target[i + 32] = d2 * (codes[i] >> 4) - o2;
                }
            }
        }
    }

    public static void Q5K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 176; blocks = blocks[176..], values = values[256..])
        {
            float d = GgufBlocks32.F16(blocks, 0), min = GgufBlocks32.F16(blocks, 2);
            var high = blocks.Slice(16, 32);
            for (var pair = 0; pair < 4; pair++)
            {
                var (s1, m1) = ScaleAndMin(blocks.Slice(4, 12), 2 * pair);
                var (s2, m2) = ScaleAndMin(blocks.Slice(4, 12), 2 * pair + 1);
                float d1 = d * s1, o1 = min * m1, d2 = d * s2, o2 = min * m2;
                var codes = blocks.Slice(48 + 32 * pair, 32);
                var target = values.Slice(64 * pair, 64);
                for (var i = 0; i < 32; i++)
                {
                    target[i] = d1 * ((codes[i] & 15) + ((high[i] >> (2 * pair)) & 1) * 16) - o1;
                    target[i + 32] = d2 * ((codes[i] >> 4) + ((high[i] >> (2 * pair + 1)) & 1) * 16) - o2;
                }
            }
        }
    }

    public static void Q6K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 210; blocks = blocks[210..], values = values[256..])
        {
            var d = GgufBlocks32.F16(blocks, 208);
            var scales = MemoryMarshal.Cast<byte, sbyte>(blocks.Slice(192, 16));
            for (var half = 0; half < 2; half++)
            {
                var low = blocks.Slice(64 * half, 64);
                var high = blocks.Slice(128 + 32 * half, 32);
                var target = values.Slice(128 * half, 128);
                for (var i = 0; i < 32; i++)
                {
                    var s = 8 * half + i / 16;
                    target[i] = d * scales[s] * (((low[i] & 15) | (high[i] & 3) << 4) - 32);
                    target[i + 32] = d * scales[s + 2] * (((low[i + 32] & 15) | (high[i] >> 2 & 3) << 4) - 32);
                    target[i + 64] = d * scales[s + 4] * (((low[i] >> 4) | (high[i] >> 4 & 3) << 4) - 32);
                    target[i + 96] = d * scales[s + 6] * (((low[i + 32] >> 4) | (high[i] >> 6 & 3) << 4) - 32);
                }
            }
        }
    }

    public static void Iq4Xs(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 136; blocks = blocks[136..], values = values[256..])
        {
            var d = GgufBlocks32.F16(blocks, 0);
            var high = MemoryMarshal.Read<ushort>(blocks[2..]);
            for (var group = 0; group < 8; group++)
            {
                var scale = (blocks[4 + group / 2] >> (4 * (group % 2)) & 15) | (high >> (2 * group) & 3) << 4;
                var dl = d * (scale - 32);
                var codes = blocks.Slice(8 + 16 * group, 16);
                var target = values.Slice(32 * group, 32);
                for (var i = 0; i < 16; i++)
                {
                    target[i] = dl * GgufBlocks32.NonLinearValue(codes[i] & 15);
                    target[i + 16] = dl * GgufBlocks32.NonLinearValue(codes[i] >> 4);
                }
            }
        }
    }

    public static void Tq10(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 54; blocks = blocks[54..], values = values[256..])
        {
            var d = GgufBlocks32.F16(blocks, 52);
            var at = 0;
            foreach (var (start, count, digits) in ((int, int, int)[])[(0, 32, 5), (32, 16, 5), (48, 4, 4)])
            {
                for (var digit = 0; digit < digits; digit++)
                {
                    for (var i = 0; i < count; i++)
                    {
                        var q = (byte)(blocks[start + i] * PowersOfThree[digit]);
                        values[at++] = d * ((q * 3 >> 8) - 1);
                    }
                }
            }
        }
    }

    public static void Tq20(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; blocks.Length >= 66; blocks = blocks[66..], values = values[256..])
        {
            var d = GgufBlocks32.F16(blocks, 64);
            var at = 0;
            for (var start = 0; start < 64; start += 32)
            {
                for (var shift = 0; shift < 8; shift += 2)
                {
                    for (var i = 0; i < 32; i++)
                    {
                        values[at++] = d * ((blocks[start + i] >> shift & 3) - 1);
                    }
                }
            }
        }
    }

    // Eight 6-bit scales and eight 6-bit minima in twelve bytes.
    private static (int Scale, int Min) ScaleAndMin(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : ((packed[group + 4] & 15) | packed[group - 4] >> 6 << 4, (packed[group + 4] >> 4) | packed[group] >> 6 << 4);
}
