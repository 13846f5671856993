using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Which dimensions form a pair: i and i + d/2, or 2i and 2i + 1.</summary>
public enum RotaryStyle
{
    Half,
    Interleaved,
}

/// <summary>
/// Rotary positions (Su et al., 2021) with every published scaling: linear, dynamic NTK, YaRN (Peng et al., 2023), LongRoPE (Ding et al., 2024), Llama 3, proportional.
/// </summary>
public sealed class RotaryEmbedding
{
    private readonly RopeSettings settings;
    private readonly int maxPositions;
    private readonly int frequencyDimensions;
    private readonly bool reversed;

    /// <param name="dimensions">Dimensions of a head that turn.</param>
    /// <param name="maxPositions">max_position_embeddings of the model.</param>
    /// <param name="reversed">Turn the other way round (nanochat).</param>
    public RotaryEmbedding(RopeSettings settings, int dimensions, int maxPositions, RotaryStyle style = RotaryStyle.Half, bool reversed = false)
    {
        (this.settings, this.maxPositions, this.reversed, Dimensions, Style) = (settings, maxPositions, reversed, dimensions, style);
        frequencyDimensions = dimensions;
        if (dimensions < 2 || dimensions % 2 != 0)
        {
            throw new InvalidDataException($"config.json: {dimensions} rotary dimensions a head; an even number of at least 2 is needed");
        }
    }

    public int Dimensions { get; }

    public RotaryStyle Style { get; }

    public RopeSettings Settings => settings;

    /// <summary>True when frequencies or scale depend on the longest position of the batch.</summary>
    public bool DependsOnLength => settings.Type is "longrope" || (settings.Type is "dynamic" && settings.Alpha is null);

    /// <summary>Length at which a cached generation starts over because all positions change (LongRoPE), or null.</summary>
    public int? RestartLength => settings.Type is "longrope" ? Original : null;

    private int Original => settings.OriginalMaxPositions ?? maxPositions;

    private double FactorOrRatio => settings.HasFactor ? settings.Factor : (double)maxPositions / Original;

    /// <summary>Factor on the cosine and sine tables.</summary>
    public double AttentionScaling(long length) => settings.Type switch
    {
        "yarn" => settings.AttentionFactor ?? YarnScaling(),
        "longrope" when settings.ShortMscale is { } low && settings.LongMscale is { } high => length > Original ? high : low,
        "longrope" => settings.AttentionFactor ?? (FactorOrRatio <= 1 ? 1 : Math.Sqrt(1 + Math.Log(FactorOrRatio) / Math.Log(Original))),
        _ => 1,
    };

    /// <summary>Angle per position for each pair, for a batch whose longest sequence has <paramref name="length"/> positions.</summary>
    public float[] Frequencies(long length)
    {
        var d = frequencyDimensions;
        var half = d / 2;
        var theta = settings.Theta;
        if (settings.Type == "dynamic" && d > 2)
        {
            if (settings.Alpha is { } alpha)
            {
                theta *= Math.Pow(alpha, d / (d - 2.0));
            }
            else if (length > maxPositions)
            {
                theta *= Math.Pow(settings.Factor * length / maxPositions - (settings.Factor - 1), d / (d - 2.0));
            }
        }

        var plain = new double[half];
        for (var i = 0; i < half; i++)
        {
            plain[i] = Math.Pow(theta, -2.0 * i / d);
        }

        var scaled = settings.Type switch
        {
            "default" or "dynamic" => plain,
            "linear" => Each(plain, (f, _) => f / settings.Factor),
            "llama3" => Each(plain, (f, _) => Llama3(f)),
            "yarn" => Yarn(plain),
            "longrope" => LongRope(plain, length),
            "proportional" => Each(plain, (f, i) => (i < (int)(settings.PartialRotaryFactor * d / 2) ? f : 0) / settings.Factor),
            "divisors" => Each(plain, (f, i) => f / (settings.Divisors.Count == half ? settings.Divisors[i] : throw new InvalidDataException($"rope factors: {settings.Divisors.Count} numbers where {half} are needed"))),
            _ => throw new InvalidDataException($"config.json: rotary scaling '{settings.Type}' is unknown"),
        };
        return Array.ConvertAll(scaled, f => (float)f);
    }

    /// <summary>Cosine and signed sine for positions; the sine carries the sign of the pair's first member, so a turn is x·cos + swap(x)·sin.</summary>
    /// <param name="positions">(rows, tokens) int64</param>
    /// <param name="length">Longest position of the batch plus one; matters only when <see cref="DependsOnLength"/>.</param>
    /// <returns>Two tensors (rows, tokens, 1, <see cref="Dimensions"/>) of <paramref name="type"/>.</returns>
    public (Tensor Cos, Tensor Sin) Tables(Tensor positions, long length, ScalarType type)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var frequencies = tensor(Frequencies(length), device: positions.device);
        var angles = positions.to_type(ScalarType.Float32).unsqueeze(-1).mul(frequencies); // (rows, tokens, d/2)
        var scale = AttentionScaling(length);
        var (cos, sin) = (angles.cos(), angles.sin());
        if (scale != 1)
        {
            (cos, sin) = (cos.mul(Scalars.Of(scale)), sin.mul(Scalars.Of(scale)));
        }

        var (first, second) = reversed ? (sin, sin.neg()) : (sin.neg(), sin);
        var (c, s) = Style == RotaryStyle.Half
            ? (cat([cos, cos], -1), cat([first, second], -1))
            : (stack([cos, cos], -1).view(cos.shape[0], cos.shape[1], Dimensions), stack([first, second], -1).view(cos.shape[0], cos.shape[1], Dimensions));
        return (c.unsqueeze(2).to_type(type).MoveToOuterDisposeScope(), s.unsqueeze(2).to_type(type).MoveToOuterDisposeScope());
    }

    /// <summary>Turns the first <see cref="Dimensions"/> dimensions of each head.</summary>
    /// <param name="x">(batch, tokens, heads, headDim)</param>
    public Tensor Rotate(Tensor x, (Tensor Cos, Tensor Sin) tables)
    {
        var width = x.shape[^1];
        if (width == Dimensions)
        {
            return Turn(x, tables);
        }

        return cat([Turn(x.narrow(-1, 0, Dimensions), tables), x.narrow(-1, Dimensions, width - Dimensions)], -1);
    }

    private Tensor Turn(Tensor x, (Tensor Cos, Tensor Sin) tables)
    {
        var swapped = Style == RotaryStyle.Half
            ? x.roll(Dimensions / 2, -1)
            : x.reshape([.. x.shape[..^1], Dimensions / 2, 2]).flip(-1).reshape(x.shape);
        return x.mul(tables.Cos).addcmul_(swapped, tables.Sin, Scalars.One);
    }

    private static double[] Each(double[] values, Func<double, int, double> change) => [.. values.Select(change)];

    private double Llama3(double f)
    {
        var wavelength = 2 * Math.PI / f;
        if (wavelength < Original / settings.HighFrequencyFactor)
        {
            return f;
        }

        if (wavelength > Original / settings.LowFrequencyFactor)
        {
            return f / settings.Factor;
        }

        var t = (Original / wavelength - settings.LowFrequencyFactor) / (settings.HighFrequencyFactor - settings.LowFrequencyFactor);
        return (1 - t) * f / settings.Factor + t * f;
    }

    private double[] Yarn(double[] plain)
    {
        var d = frequencyDimensions;
        double Correction(double rotations) => d * Math.Log(Original / (rotations * 2 * Math.PI)) / (2 * Math.Log(settings.Theta));
        double low = Correction(settings.BetaFast), high = Correction(settings.BetaSlow);
        if (settings.Truncate)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, d - 1));
        if (low == high)
        {
            high += 0.001;
        }

        return Each(plain, (f, i) =>
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            return f / FactorOrRatio * ramp + f * (1 - ramp);
        });
    }

    private double YarnScaling()
    {
        var s = FactorOrRatio;
        double Scale(double m) => s <= 1 ? 1 : 0.1 * m * Math.Log(s) + 1;
        return settings.Mscale != 0 && settings.MscaleAllDim != 0 ? Scale(settings.Mscale) / Scale(settings.MscaleAllDim) : Scale(1);
    }

    private double[] LongRope(double[] plain, long length)
    {
        var factors = length > Original && settings.ShortMscale is null ? settings.LongFactors : settings.ShortFactors;
        if (factors.Count != plain.Length)
        {
            throw new InvalidDataException($"config.json: longrope has {factors.Count} factors where {plain.Length} are needed");
        }

        return Each(plain, (f, i) => f / factors[i]);
    }
}
