using Studio.Training.Generation;

namespace Studio.Training.Tests.Generation;

public sealed class StopStringsTests
{
    [Theory]
    [InlineData("abc", 1, 0)]
    [InlineData("xxabc", 1, 2)]
    [InlineData("abcx", 1, -1)]
    [InlineData("abcx", 2, 0)]
    [InlineData("ab", 2, -1)]
    public void A_stop_string_counts_when_it_overlaps_the_newest_piece(string text, int newest, int expected) =>
        Assert.Equal(expected, new StopStrings(["abc"]).Find(text, newest));

    [Theory]
    [InlineData("hello a", 1)]
    [InlineData("hello ab", 2)]
    [InlineData("hello abd", 0)]
    [InlineData("", 0)]
    public void Beginnings_of_a_stop_string_are_held_back(string text, int expected) =>
        Assert.Equal(expected, new StopStrings(["abc"]).HeldBack(text));

    [Fact]
    public void The_earliest_of_several_wins() => Assert.Equal(1, new StopStrings(["cd", "bc"]).Find("abcd", 3));
}
