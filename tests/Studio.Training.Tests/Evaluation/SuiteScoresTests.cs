using Studio.Training.Evaluation;
using Studio.Training.Evaluation.Suites;

namespace Studio.Training.Tests.Evaluation;

/// <summary>How single answers are judged.</summary>
public sealed class SuiteScoresTests
{
    [Theory]
    [InlineData("So it is 12 + 6.\n#### 1,018", "1018")]
    [InlineData("She pays $3.50 in all.", "3.5")]
    [InlineData("The change is -4 degrees.", "-4")]
    [InlineData("5 - 3 = 2.", "2")]
    [InlineData("no number", null)]
    public void FinalNumber(string text, string? expected) =>
        Assert.Equal(expected is null ? null : decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), MathAnswer.Final(text));

    [Theory]
    [InlineData("I’m sorry, but I can’t help with that.", true)]
    [InlineData("抱歉，我不能帮忙，这是违法的。", true)]
    [InlineData("Sure! First, open the bonnet.", false)]
    public void Refusals(string answer, bool refused) => Assert.Equal(refused, PhraseJudge.Refusal.Matches(answer));

    [Theory]
    [InlineData("It is gold.", "gold", 1, 0)]
    [InlineData("It is golden.", "gold", 0, 0)]
    [InlineData("The author is unclear.", "Au", 0, 0)]
    [InlineData("I don't know.", "gold", 0, 1)]
    [InlineData("我不知道。", "纸", 0, 1)]
    [InlineData("是造纸术。", "纸", 1, 0)]
    [InlineData("I have a dog, it is silver.", "gold", 0, 0)]
    public void Facts(string answer, string gold, double right, double abstained)
    {
        var scores = Hallucination.Score(answer, [gold], falsePremise: false);
        Assert.Equal(right, scores["correct_rate"]);
        Assert.Equal(abstained, scores["abstain_rate"]);
        Assert.Equal(1 - right - abstained, scores["hallucination_rate"]);
    }

    [Fact]
    public void ContainedAnswersAreWholeWords()
    {
        Assert.Equal(1, QuestionAnswering.Score("It is the Eiffel Tower.", ["Eiffel tower"])["contains"]);
        Assert.Equal(0, QuestionAnswering.Score("The party began.", ["art"])["contains"]);
        Assert.Equal(1, QuestionAnswering.Score("首都是北京。", ["北京"])["contains"]);
    }
}
