using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Verification;

/// <summary>Compares rotary frequencies and tables with a reference file: frequencies to 1e-6 relative, tables to 1e-5.</summary>
internal static class RotaryCases
{
    private const int ShortLength = 24, LongLength = 128;

    public static IEnumerable<TensorCheck> Replay(CausalLm model, SafeTensorsFile cases)
    {
        using var shape = cases.Read("input_ids");
        var forward = shape.shape[1];
        foreach (var name in cases.Entries.Keys.Order(StringComparer.Ordinal))
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var (kind, layerType) = dot < 0 ? (name, null) : (name[..dot], name[(dot + 1)..]);
            if (kind is not ("inv_freq" or "inv_freq_short" or "inv_freq_forward" or "inv_freq_long" or "cos" or "sin" or "cos_short" or "sin_short"))
            {
                continue;
            }

            if (Rotary(model, layerType) is not { } rotary)
            {
                yield return new TensorCheck(name, double.NaN, double.NaN, false) { Note = "the model has no such rotary embedding" };
                continue;
            }

            using var scope = NewDisposeScope();
            var expected = cases.Read(name);
            if (kind.StartsWith("inv_freq", StringComparison.Ordinal))
            {
                var length = kind switch { "inv_freq_short" => ShortLength, "inv_freq_long" => LongLength, "inv_freq_forward" => forward, _ => 1 };
                var actual = tensor(rotary.Frequencies(length));
                yield return ReferenceCases.Compare(name, actual.div(expected.clamp_min(1e-30f)), expected.div(expected.clamp_min(1e-30f)), 2e-6);
            }
            else
            {
                var length = kind.EndsWith("short", StringComparison.Ordinal) ? ShortLength : LongLength;
                var (cos, sin) = rotary.Tables(arange(length, dtype: ScalarType.Int64).unsqueeze(0), length, ScalarType.Float32);
                var half = rotary.Dimensions / 2;
                // The second half of the sine is the plain one in half style; every second one when interleaved.
                var plain = rotary.Style == RotaryStyle.Half
                    ? (cos.narrow(-1, half, half), sin.narrow(-1, half, half))
                    : (cos.reshape(length, half, 2).select(2, 1), sin.reshape(length, half, 2).select(2, 1));
                var actual = (kind.StartsWith("cos", StringComparison.Ordinal) ? plain.Item1 : plain.Item2).reshape(length, half);
                yield return ReferenceCases.Compare(name, actual, First(expected, half, rotary.Style), 1e-5);
            }
        }
    }

    private static Tensor First(Tensor table, long half, RotaryStyle style) => table.shape[1] == half ? table
        : style == RotaryStyle.Half ? table.narrow(1, 0, half) : table.reshape(table.shape[0], half, 2).select(2, 0);

    private static RotaryEmbedding? Rotary(CausalLm model, string? layerType)
    {
        if (layerType is null)
        {
            return model.Blocks.Select(b => b.Mixer.Rotary).FirstOrDefault(r => r is not null);
        }

        var types = model.Config.Fields.TryTexts("layer_types") ?? [];
        return model.Blocks.Zip(types).FirstOrDefault(p => p.Second == layerType).First?.Mixer.Rotary;
    }
}
