namespace Studio.Training.Generation.Processors;

/// <summary>logit_bias and sequence bias: added to the last token of a sequence when the text ends in the rest of it.</summary>
public sealed class SequenceBias(IReadOnlyList<(IReadOnlyList<int> Ids, double Bias)> biases) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options)
    {
        List<(IReadOnlyList<int>, double)> all = [.. options.LogitBias.Select(b => ((IReadOnlyList<int>)[b.Key], b.Value)), .. options.SequenceBias];
        return all.Count > 0 ? new SequenceBias(all) : null;
    }

    public void Apply(Span<float> scores, LogitsContext context)
    {
        foreach (var (ids, bias) in biases)
        {
            if (Endings.Match(context.Ids, ids, ids.Count - 1))
            {
                scores[ids[^1]] += (float)bias;
            }
        }
    }
}
