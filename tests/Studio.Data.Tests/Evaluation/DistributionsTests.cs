using CsCheck;
using Studio.Data.Evaluation.Statistics;

namespace Studio.Data.Tests.Evaluation;

public sealed class DistributionsTests
{
    [Fact]
    public void Quantiles_undo_their_distribution_functions()
    {
        Gen.Double[0.0001, 0.9999].Sample(p => Assert.Equal(p, Distributions.Normal(Distributions.NormalQuantile(p)), 1e-12), iter: 200);
        Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[0.5, 300], Gen.Double[0.5, 300]).Sample((p, a, b) => Assert.Equal(p, Distributions.Beta(Distributions.BetaQuantile(p, a, b), a, b), 1e-10), iter: 100);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 3.1780538303479458)]
    [InlineData(0.5, 0.57236494292470008)]
    [InlineData(100, 359.1342053695754)]
    public void Log_gamma(double x, double expected) => Assert.Equal(expected, Distributions.LogGamma(x), 1e-12);

    [Fact]
    public void Wilson_holds_the_share_and_stays_within_0_and_1() =>
        Gen.Select(Gen.Int[1, 500], Gen.Double[0, 1]).Sample((n, share) =>
        {
            var k = (int)Math.Round(n * share);
            var interval = Intervals.Wilson(k, n);
            Assert.InRange(interval.Low, 0, interval.High);
            Assert.InRange(interval.High, interval.Low, 1);
            Assert.True(interval.Contains((double)k / n));
        });

    [Fact]
    public void Resamples_are_the_same_for_the_same_seed() =>
        Assert.Equal(Bootstrap.Resamples(20, 5, 3).SelectMany(r => r), Bootstrap.Resamples(20, 5, 3).SelectMany(r => r));
}
