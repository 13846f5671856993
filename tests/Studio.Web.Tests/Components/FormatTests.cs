using Studio.Web.Components;

namespace Studio.Web.Tests.Components;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_280_000_000, "1.28 GB")]
    [InlineData(98_362_432, "98.4 MB")]
    [InlineData(19_600_000, "19.6 MB")]
    [InlineData(999_600, "1 MB")]
    public void Bytes_have_three_digits_and_a_unit(double bytes, string text) => Assert.Equal(text, Format.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.6, "1 min")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7_260, "2 h 1 min")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations_have_two_units_at_most(double seconds, string text)
    {
        using var english = Culture.English();
        Assert.Equal(text, Format.Duration(seconds));
    }

    [Fact]
    public void Durations_are_Chinese_for_Chinese_readers()
    {
        using var chinese = Culture.Chinese();
        Assert.Equal("3 分 20 秒", Format.Duration(200));
        Assert.Equal("–", Format.Duration(double.PositiveInfinity));
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(0.000131, "1.31e-4")]
    [InlineData(0.9312, "0.931")]
    [InlineData(12.345, "12.35")]
    [InlineData(61_440.0, "61,440")]
    [InlineData(134_515_008.0, "135 M")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_have_sensible_digits(double value, string text) => Assert.Equal(text, Format.Number(value));

    [Fact]
    public void Percent_drops_zeros_behind_the_point()
    {
        Assert.Equal("78.4 %", Format.Percent(0.784));
        Assert.Equal("80 %", Format.Percent(0.8));
        Assert.Equal("0 %", Format.Percent(0));
    }
}
