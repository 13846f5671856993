using Studio.Training.Methods.Objectives;

namespace Studio.Training.Tests.Methods.Objectives;

/// <summary>Groups with nothing to compare, and groups that are none.</summary>
public sealed class GroupAdvantagesTests
{
    private static readonly double[][] OneScoredOfThree = [[double.NaN], [0.7], [double.NaN]];

    [Theory]
    [InlineData("group")]
    [InlineData("batch")]
    [InlineData("none")]
    public void The_only_scored_answer_of_a_prompt_teaches_nothing(string scaling) =>
        Assert.Equal([0.0, 0, 0], GroupAdvantages.Compute(OneScoredOfThree, [1], 3, scaling));

    [Fact]
    public void Leave_one_out_has_no_baseline_for_the_only_scored_answer() =>
        Assert.Equal([0.0, 0, 0], Rloo.Advantages(OneScoredOfThree, [1], null, 3, new RlooObjectiveOptions()));

    [Fact]
    public void Advantages_of_a_group_sum_to_zero()
    {
        double[][] rewards = [[1], [0], [0], [0.25], [3], [-2], [5], [0.5]];
        foreach (var group in GroupAdvantages.Compute(rewards, [2], 4).Chunk(4))
        {
            Assert.Equal(0, group.Sum(), 1e-9);
            Assert.Contains(group, a => a > 0);
        }
    }

    [Fact]
    public void Answers_that_do_not_fill_their_groups_are_an_error()
    {
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Compute(OneScoredOfThree, [1], 2));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Compute(OneScoredOfThree, [1], 3, "median"));
    }
}
