namespace Studio.Training.Generation.Processors;

/// <summary>
/// The list of processors, in the order in which transformers' <c>generate</c> applies them: penalties first, then (only when sampling) the warpers.
/// A new one is a file in this folder and a line here.
/// </summary>
public static class LogitsProcessors
{
    private static readonly Func<SamplingOptions, ILogitsProcessor?>[] Always =
    [
        OpenAiPenalties.From,
        SequenceBias.From,
        RepetitionPenalty.From,
        NoRepeatNgram.From,
        NoBadWords.From,
        MinLength.From,
        MinNewTokens.From,
        ExponentialDecay.From,
        SuppressTokens.From,
        SuppressTokensAtBegin.From,
    ];

    private static readonly Func<SamplingOptions, ILogitsProcessor?>[] WhenSampling =
    [
        Temperature.From,
        TopH.From,
        TopK.From,
        TopP.From,
        MinP.From,
        TypicalP.From,
        EpsilonCutoff.From,
        EtaCutoff.From,
    ];

    /// <summary>The processors that these options switch on, in order.</summary>
    public static IReadOnlyList<ILogitsProcessor> Chain(SamplingOptions options)
    {
        List<ILogitsProcessor> chain = [.. Always.Select(make => make(options)).OfType<ILogitsProcessor>()];
        if (options.DoSample)
        {
            chain.AddRange(WhenSampling.Select(make => make(options)).OfType<ILogitsProcessor>());
        }

        if (options.RenormalizeLogits)
        {
            chain.Add(new Renormalize());
        }

        return chain;
    }
}
