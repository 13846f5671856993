namespace Studio.Training.Generation.Processors;

/// <summary>Bans ids that would complete an n-gram that is already in the text (prompt included).</summary>
public sealed class NoRepeatNgram(int size) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.NoRepeatNgramSize > 0 ? new NoRepeatNgram(options.NoRepeatNgramSize) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        var ids = context.Ids;
        var last = ids.Count - size + 1;
        for (var start = 0; start + size <= ids.Count; start++)
        {
            var same = true;
            for (var i = 0; same && i < size - 1; i++)
            {
                same = ids[start + i] == ids[last + i];
            }

            if (same)
            {
                scores[ids[start + size - 1]] = float.NegativeInfinity;
            }
        }
    }
}
