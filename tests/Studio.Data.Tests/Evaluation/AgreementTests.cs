using Studio.Data.Evaluation.Statistics;

namespace Studio.Data.Tests.Evaluation;

public sealed class AgreementTests
{
    [Fact]
    public void Kappa_of_a_known_table()
    {
        // Both yes 20, judge alone 5, labels alone 10, both no 15: accuracy 0.7, chance 0.5, kappa 0.4.
        bool[] judged = [.. Enumerable.Repeat(true, 25), .. Enumerable.Repeat(false, 25)];
        bool[] labels = [.. Enumerable.Repeat(true, 20), .. Enumerable.Repeat(false, 5), .. Enumerable.Repeat(true, 10), .. Enumerable.Repeat(false, 15)];
        var agreement = Agreement.Of(judged, labels);
        Assert.Equal(0.7, agreement.Accuracy, 12);
        Assert.Equal(0.4, agreement.Kappa, 12);
        Assert.Equal((5, 10), (agreement.FalseYes, agreement.FalseNo));
        Assert.InRange(agreement.Kappa, agreement.KappaLow, agreement.KappaHigh);
        Assert.InRange(agreement.Accuracy, agreement.Low, agreement.High);
    }

    [Fact]
    public void Perfect_agreement_is_one() => Assert.Equal((1, 1), (Agreement.Of([true, false], [true, false]).Kappa, Agreement.Of([true, true], [true, true]).Kappa));

    [Fact]
    public void Lists_of_unlike_length_are_refused() => Assert.Throws<ArgumentException>(() => Agreement.Of([true], [true, false]));
}
