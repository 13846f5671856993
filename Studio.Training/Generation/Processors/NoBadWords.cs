namespace Studio.Training.Generation.Processors;

/// <summary>Bans single ids always and the last id of a longer sequence when the text ends in the rest of it.</summary>
public sealed class NoBadWords(IReadOnlyList<IReadOnlyList<int>> words) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.BadWordsIds.Count > 0 ? new NoBadWords(options.BadWordsIds) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        foreach (var word in words)
        {
            if (Endings.Match(context.Ids, word, word.Count - 1))
            {
                scores[word[^1]] = float.NegativeInfinity;
            }
        }
    }
}
