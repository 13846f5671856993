using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>One measured value of a run.</summary>
/// <param name="TrainedTokens">Tokens trained so far, 0 where the trainer did not say.</param>
public readonly record struct MetricPoint(int Step, double Value, long TrainedTokens, DateTimeOffset Time);

/// <summary>The curves of a run by metric name (loss, learning_rate, eval_loss, ...), in step order.</summary>
public sealed record JobSeries(string JobId, IReadOnlyDictionary<string, IReadOnlyList<MetricPoint>> Metrics, int LastStep, int TotalSteps)
{
    public IReadOnlyList<MetricPoint> Of(string metric) => Metrics.TryGetValue(metric, out var points) ? points : [];
}

/// <summary>Collects curves from events. A resumed run repeats steps: what was measured later replaces the earlier.</summary>
internal sealed class SeriesBuilder(string jobId)
{
    private readonly Dictionary<string, List<MetricPoint>> metrics = new(StringComparer.Ordinal);
    private long trainedTokens;
    private int lastStep;
    private int totalSteps;

    /// <summary>Where in the event file the next read goes on.</summary>
    public long Offset;

    public void Add(JobEvent happened)
    {
        totalSteps = happened.TotalSteps ?? totalSteps;
        if (happened.Type is not (JobEventTypes.Metrics or JobEventTypes.Evaluation) || happened.Metrics is not { } values || happened.Step is not { } step)
        {
            return;
        }

        lastStep = step;
        if (values.TryGetValue("trained_tokens", out var tokens) && double.IsFinite(tokens))
        {
            trainedTokens = (long)tokens;
        }

        foreach (var (name, value) in values)
        {
            if (!metrics.TryGetValue(name, out var points))
            {
                metrics[name] = points = [];
            }

            while (points.Count > 0 && points[^1].Step >= step)
            {
                points.RemoveAt(points.Count - 1);
            }

            points.Add(new MetricPoint(step, value, trainedTokens, happened.Time));
        }
    }

    public JobSeries Build(int maxPoints) =>
        new(jobId, metrics.ToDictionary(m => m.Key, m => Downsample(m.Value, maxPoints), StringComparer.Ordinal), lastStep, totalSteps);

    /// <summary>Largest-triangle-three-buckets (Steinarsson 2013): keeps the shape and both ends of a curve.</summary>
    internal static IReadOnlyList<MetricPoint> Downsample(List<MetricPoint> points, int maxPoints)
    {
        if (maxPoints < 3 || points.Count <= maxPoints)
        {
            return [.. points];
        }

        List<MetricPoint> kept = new(maxPoints) { points[0] };
        var bucket = (points.Count - 2) / (double)(maxPoints - 2);
        var chosen = 0;
        for (var i = 0; i < maxPoints - 2; i++)
        {
            var start = (int)(i * bucket) + 1;
            var end = (int)((i + 1) * bucket) + 1;
            var nextEnd = Math.Min((int)((i + 2) * bucket) + 1, points.Count);
            double meanStep = 0, meanValue = 0;
            for (var j = end; j < nextEnd; j++)
            {
                meanStep += points[j].Step;
                meanValue += points[j].Value;
            }

            var count = Math.Max(nextEnd - end, 1);
            meanStep /= count;
            meanValue /= count;
            var (largest, best) = (-1.0, start);
            for (var j = start; j < end; j++)
            {
                var area = Math.Abs(((points[chosen].Step - meanStep) * (points[j].Value - points[chosen].Value)) - ((points[chosen].Step - points[j].Step) * (meanValue - points[chosen].Value)));
                if (area > largest || double.IsNaN(points[j].Value))
                {
                    (largest, best) = (area, j);
                }
            }

            kept.Add(points[best]);
            chosen = best;
        }

        kept.Add(points[^1]);
        return kept;
    }
}
