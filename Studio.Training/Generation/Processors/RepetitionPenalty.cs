namespace Studio.Training.Generation.Processors;

/// <summary>Penalty of Keskar et al. 2019 (CTRL): every id that occurred, once: negative scores times, positive scores divided by the penalty.</summary>
public sealed class RepetitionPenalty(double penalty) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.RepetitionPenalty != 1 ? new RepetitionPenalty(options.RepetitionPenalty) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        HashSet<int> seen = [];
        var factor = (float)penalty;
        for (var i = context.ContentStart; i < context.Ids.Count; i++)
        {
            var id = context.Ids[i];
            if (seen.Add(id))
            {
                scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
            }
        }
    }
}
