namespace Studio.Training.Methods.Objectives;

/// <summary>Mean and variance of everything seen so far, batch after batch (the merging rule of Chan et al. 1983).</summary>
public sealed class RunningMoments
{
    public RunningMoments()
    {
    }

    /// <summary>Goes on from stored numbers.</summary>
    public RunningMoments(long count, double mean, double variance) => (Count, Mean, Variance) = (count, mean, variance);

    public long Count { get; private set; }

    public double Mean { get; private set; }

    /// <summary>Variance divided by the count.</summary>
    public double Variance { get; private set; }

    /// <summary>Standard deviation divided by the count less one; 0 below two values.</summary>
    public double StandardDeviation => Count < 2 ? 0 : Math.Sqrt(Variance * Count / (Count - 1));

    public void Add(IReadOnlyCollection<float> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        var mean = values.Average(v => (double)v);
        var squares = values.Sum(v => (v - mean) * (v - mean));
        var total = Count + values.Count;
        var apart = mean - Mean;
        Variance = ((Variance * Count) + squares + (apart * apart * Count * values.Count / total)) / total;
        Mean += apart * values.Count / total;
        Count = total;
    }
}
