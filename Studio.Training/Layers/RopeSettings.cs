namespace Studio.Training.Layers;

/// <summary>What a configuration says about rotary positions, in one layout for every age of the file.</summary>
public sealed record RopeSettings
{
    /// <summary>default, linear, dynamic, yarn, longrope, llama3, proportional, or divisors (a table of GGUF files).</summary>
    public string Type { get; init; } = "default";
    public double Theta { get; init; } = 10000;
    public double Factor { get; init; } = 1;
    public bool HasFactor { get; init; }
    /// <summary>Dynamic scaling made static by this exponent base (Hunyuan).</summary>
    public double? Alpha { get; init; }
    public double PartialRotaryFactor { get; init; } = 1;
    public int? OriginalMaxPositions { get; init; }
    public double? AttentionFactor { get; init; }
    public double BetaFast { get; init; } = 32;
    public double BetaSlow { get; init; } = 1;
    public double Mscale { get; init; }
    public double MscaleAllDim { get; init; }
    public bool Truncate { get; init; } = true;
    public double LowFrequencyFactor { get; init; } = 1;
    public double HighFrequencyFactor { get; init; } = 4;
    public IReadOnlyList<double> ShortFactors { get; init; } = [];
    public IReadOnlyList<double> LongFactors { get; init; } = [];
    /// <summary>With these two the frequencies stay short and only the table's scale changes by length (Phi-3.5 MoE).</summary>
    public double? ShortMscale { get; init; }
    public double? LongMscale { get; init; }
    /// <summary>Numbers that divide the frequencies.</summary>
    public IReadOnlyList<double> Divisors { get; init; } = [];
    /// <summary>Temperature of queries by position (Ministral 3); 0 for none.</summary>
    public double LlamaScalingBeta { get; init; }
}
