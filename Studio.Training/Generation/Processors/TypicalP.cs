namespace Studio.Training.Generation.Processors;

/// <summary>Locally typical sampling (Meister et al. 2022): keeps the tokens whose surprise is nearest to the entropy, up to a probability mass.</summary>
public sealed class TypicalP(double mass, int keep) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.TypicalP is { } mass and < 1 ? new TypicalP(mass, options.MinTokensToKeep) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        using var probabilities = new Probabilities(scores);
        var values = probabilities.Values;
        var entropy = (float)probabilities.Entropy();
        var distance = new (float Distance, int Id)[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            distance[i] = (values[i] > 0 ? Math.Abs(-MathF.Log(values[i]) - entropy) : float.PositiveInfinity, i);
        }

        Array.Sort(distance);
        var cumulative = 0.0;
        var last = 0;
        foreach (var (_, id) in distance)
        {
            cumulative += values[id];
            if ((float)cumulative >= (float)mass)
            {
                break;
            }

            last++;
        }

        var threshold = distance[Math.Min(last, distance.Length - 1)].Distance;
        for (var rank = keep; rank < distance.Length; rank++)
        {
            if (distance[rank].Distance > threshold)
            {
                scores[distance[rank].Id] = float.NegativeInfinity;
            }
        }
    }
}
