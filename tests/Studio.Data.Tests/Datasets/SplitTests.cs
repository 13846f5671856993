using CsCheck;
using Studio.Data.Datasets;

namespace Studio.Data.Tests.Datasets;

public sealed class SplitTests
{
    [Fact]
    public void Share_is_met_within_one_group_and_training_never_empty() =>
        Gen.Select(Gen.ULong[1, 60].Array[2, 400], Gen.Double[0.01, 0.5]).Sample((scores, share) =>
        {
            var threshold = Split.Threshold(scores, share);
            var held = scores.Count(s => s < threshold);
            Assert.True(held < scores.Length);
            var target = Math.Clamp((int)Math.Round(scores.Length * share, MidpointRounding.AwayFromZero), 1, scores.Length - 1);
            var largestGroup = scores.GroupBy(s => s).Max(g => g.Count());
            Assert.True(scores.Distinct().Count() == 1 ? held == 0 : Math.Abs(held - target) <= largestGroup, $"{held} of {scores.Length}, wanted {target}");
        });

    [Fact]
    public void Ten_rows_give_one_for_validation()
    {
        var scores = Enumerable.Range(0, 10).Select(i => Split.Score($"prompt {i}", 42)).ToList();
        var threshold = Split.Threshold(scores, 0.1);
        Assert.Single(scores, s => s < threshold);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.5)]
    [InlineData(10, 0)]
    public void Nothing_is_kept_aside_where_it_cannot_be(int count, double share) =>
        Assert.Equal(0UL, Split.Threshold([.. Enumerable.Range(0, count).Select(i => (ulong)i + 1)], share));

    [Fact]
    public void Score_is_the_same_on_every_machine_and_ignores_space_around()
    {
        Assert.Equal(Split.Score("prompt", 1), Split.Score(" prompt\n", 1));
        Assert.NotEqual(Split.Score("prompt", 1), Split.Score("prompt", 2));
        Assert.Equal(Split.Score("naïve 中文", 7), Split.Score("naïve 中文", 7));
    }

    [Fact]
    public void Copies_have_the_weight_as_their_mean()
    {
        foreach (var weight in new[] { 0, 0.3, 1, 1.5, 2 })
        {
            var mean = Enumerable.Range(0, 4000).Average(row => Mixture.Copies(weight, 1, "dsv-1", row));
            Assert.InRange(mean, weight - 0.03, weight + 0.03);
        }
    }
}
