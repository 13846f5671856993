namespace Studio.Training.Generation.Processors;

/// <summary>
/// Nucleus sampling (Holtzman et al. 2020): from the least likely upwards, removes tokens while their cumulative probability is at most <c>1 - p</c>; the last K stay.
/// </summary>
public sealed class TopP(double p, int keep) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.TopP < 1 ? new TopP(options.TopP, options.MinTokensToKeep) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        using var probabilities = new Probabilities(scores);
        var values = probabilities.Values;
        var limit = (float)(1 - p);

        // Tokens below this are together less than the limit, so all of them go; sorting the few others is enough.
        var negligible = keep == 1 ? limit / scores.Length : 0;
        var below = 0.0;
        List<int> others = [];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < negligible)
            {
                below += values[i];
                scores[i] = float.NegativeInfinity;
            }
            else
            {
                others.Add(i);
            }
        }

        // Ties by id, lower first, as the reference's stable sort leaves them.
        var kept = new (float Score, int Id)[others.Count];
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = (scores[others[i]], others[i]);
        }

        Array.Sort(kept);
        for (var rank = 0; rank < kept.Length - keep; rank++)
        {
            var id = kept[rank].Id;
            below += values[id];
            if ((float)below > limit)
            {
                break;
            }

            scores[id] = float.NegativeInfinity;
        }
    }
}
