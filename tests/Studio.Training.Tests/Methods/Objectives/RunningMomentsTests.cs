using Studio.Training.Methods.Objectives;

namespace Studio.Training.Tests.Methods.Objectives;

/// <summary>Batches merged one by one give what all values at once give.</summary>
public sealed class RunningMomentsTests
{
    [Fact]
    public void Batches_merge_to_the_moments_of_all_values()
    {
        float[][] batches = [[1, 4, -2], [], [10], [0.5f, 0.25f]];
        var running = new RunningMoments();
        foreach (var batch in batches)
        {
            running.Add(batch);
        }

        var all = batches.SelectMany(b => b).Select(v => (double)v).ToArray();
        var mean = all.Average();
        Assert.Equal(all.Length, running.Count);
        Assert.Equal(mean, running.Mean, 1e-12);
        Assert.Equal(all.Average(v => (v - mean) * (v - mean)), running.Variance, 1e-9);
        Assert.Equal(Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / (all.Length - 1)), running.StandardDeviation, 1e-9);
    }

    [Fact]
    public void Stored_moments_go_on()
    {
        var whole = new RunningMoments();
        whole.Add([1, 2, 3]);
        var resumed = new RunningMoments(whole.Count, whole.Mean, whole.Variance);
        whole.Add([7, 8]);
        resumed.Add([7, 8]);
        Assert.Equal((whole.Count, whole.Mean, whole.Variance), (resumed.Count, resumed.Mean, resumed.Variance));
    }
}
