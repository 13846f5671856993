namespace Studio.Training.Generation;

/// <summary>
/// How the next token is chosen; names as in transformers' GenerationConfig, plus the two penalties of the OpenAI API. Defaults leave the model's distribution as it is.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>False takes the most likely token; temperature and the other warpers are then not applied.</summary>
    public bool DoSample { get; init; } = true;

    /// <summary>1 leaves the logits as they are.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>1 is off.</summary>
    public double TopP { get; init; } = 1;

    public double? MinP { get; init; }

    public double? TypicalP { get; init; }

    public double? TopH { get; init; }

    public double? EpsilonCutoff { get; init; }

    public double? EtaCutoff { get; init; }

    /// <summary>1 is off; over 1 makes tokens that occurred less likely.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>OpenAI: subtracted once per earlier occurrence in the generated part.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>OpenAI: subtracted when the token occurred in the generated part.</summary>
    public double PresencePenalty { get; init; }

    public int NoRepeatNgramSize { get; init; }

    public IReadOnlyList<IReadOnlyList<int>> BadWordsIds { get; init; } = [];

    /// <summary>Added to the logits of single tokens.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>Bias for sequences of tokens: added to the last one when the text ends in the rest.</summary>
    public IReadOnlyList<(IReadOnlyList<int> Ids, double Bias)> SequenceBias { get; init; } = [];

    public int MinLength { get; init; }

    public int MinNewTokens { get; init; }

    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>Start (generated tokens) and factor of the growing pull towards the end of the text.</summary>
    public (int Start, double Factor)? ExponentialDecayLengthPenalty { get; init; }

    public bool RenormalizeLogits { get; init; }

    /// <summary>Tokens every filter leaves over.</summary>
    public int MinTokensToKeep { get; init; } = 1;
}
