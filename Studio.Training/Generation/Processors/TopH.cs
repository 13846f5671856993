namespace Studio.Training.Generation.Processors;

/// <summary>Among the hundred best, keeps tokens while their summed entropy terms stay within a share of the entropy (Potraghloo et al. 2025); the first always stays.</summary>
public sealed class TopH(double share) : ILogitsProcessor
{
    private const int Considered = 100;

    public static ILogitsProcessor? From(SamplingOptions options) => options.TopH is { } share ? new TopH(share) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        var best = Keep.Largest(scores, Math.Min(Considered, scores.Length));
        (float Score, int Id)[] order = new (float, int)[best.Count];
        var n = 0;
        foreach (var id in best)
        {
            order[n++] = (scores[id], id);
        }

        Array.Sort(order, (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Id.CompareTo(b.Id));
        using var probabilities = new Probabilities([.. order.Select(o => o.Score)]);
        // Single precision throughout, as the reference: on flat distributions the last token hangs on rounding.
        var budget = (float)probabilities.Entropy() * (float)share;
        var used = 0f;
        HashSet<int> kept = [order[0].Id];
        for (var rank = 0; rank < order.Length; rank++)
        {
            var p = probabilities.Values[rank];
            used += p > 0 ? -p * MathF.Log(p) : 0;
            if (used > budget)
            {
                break;
            }

            kept.Add(order[rank].Id);
        }

        for (var i = 0; i < scores.Length; i++)
        {
            if (!kept.Contains(i))
            {
                scores[i] = float.NegativeInfinity;
            }
        }
    }
}
