using System.Collections.Frozen;

namespace Studio.Training.Checkpoints;

/// <summary>How one GGUF element type is stored.</summary>
/// <param name="Values">Values in one block.</param>
/// <param name="Bytes">Bytes of one block.</param>
/// <param name="Decode">Turns whole blocks into fp32, or null where Studio cannot.</param>
public sealed record GgufType(string Name, int Values, int Bytes, GgufDecode? Decode);

/// <summary>Decodes <paramref name="blocks"/> (whole blocks) into <paramref name="values"/>.</summary>
public delegate void GgufDecode(ReadOnlySpan<byte> blocks, Span<float> values);

/// <summary>The element types of GGUF files by their number.</summary>
public static class GgufTypes
{
    public static FrozenDictionary<uint, GgufType> All { get; } = new Dictionary<uint, GgufType>
    {
        [0] = new("F32", 1, 4, GgufPlain.F32),
        [1] = new("F16", 1, 2, GgufPlain.F16),
        [2] = new("Q4_0", 32, 18, GgufBlocks32.Q40),
        [3] = new("Q4_1", 32, 20, GgufBlocks32.Q41),
        [6] = new("Q5_0", 32, 22, GgufBlocks32.Q50),
        [7] = new("Q5_1", 32, 24, GgufBlocks32.Q51),
        [8] = new("Q8_0", 32, 34, GgufBlocks32.Q80),
        [10] = new("Q2_K", 256, 84, GgufBlocks256.Q2K),
        [11] = new("Q3_K", 256, 110, GgufBlocks256.Q3K),
        [12] = new("Q4_K", 256, 144, GgufBlocks256.Q4K),
        [13] = new("Q5_K", 256, 176, GgufBlocks256.Q5K),
        [14] = new("Q6_K", 256, 210, GgufBlocks256.Q6K),
        [16] = new("IQ2_XXS", 256, 66, null),
        [17] = new("IQ2_XS", 256, 74, null),
        [18] = new("IQ3_XXS", 256, 98, null),
        [19] = new("IQ1_S", 256, 50, null),
        [20] = new("IQ4_NL", 32, 18, GgufBlocks32.Iq4Nl),
        [21] = new("IQ3_S", 256, 110, null),
        [22] = new("IQ2_S", 256, 82, null),
        [23] = new("IQ4_XS", 256, 136, GgufBlocks256.Iq4Xs),
        [24] = new("I8", 1, 1, GgufPlain.I8),
        [25] = new("I16", 1, 2, GgufPlain.I16),
        [26] = new("I32", 1, 4, GgufPlain.I32),
        [27] = new("I64", 1, 8, GgufPlain.I64),
        [28] = new("F64", 1, 8, GgufPlain.F64),
        [29] = new("IQ1_M", 256, 56, null),
        [30] = new("BF16", 1, 2, GgufPlain.Bf16),
        [34] = new("TQ1_0", 256, 54, GgufBlocks256.Tq10),
        [35] = new("TQ2_0", 256, 66, GgufBlocks256.Tq20),
        [39] = new("MXFP4", 32, 17, GgufBlocks32.Mxfp4),
        [40] = new("NVFP4", 64, 36, null),
    }.ToFrozenDictionary();
}
