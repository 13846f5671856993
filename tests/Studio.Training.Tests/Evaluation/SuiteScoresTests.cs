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

    [Theory]
    [InlineData("Monday. The passage says: \"It is closed on  Monday\".", 1, 1, 1)]
    [InlineData("It is closed on Monday.", 1, 0, 1)]
    [InlineData("Not stated.", 0, 0, 0)]
    [InlineData("It is closed on Friday: \"closed on Friday\"", 0, 0, 1)]
    public void AnswersFromAPassage(string answer, double right, double quoted, double definite)
    {
        var scores = Grounded.Score(answer, "The shop opens at 9. It is closed on Monday.", ["Monday"]);
        Assert.Equal(right, scores["answered_right"]);
        Assert.Equal(quoted, scores["quote_found"]);
        Assert.Equal(definite, scores["definite"]);
    }

    [Theory]
    [InlineData("文中没有说明。", 1)]
    [InlineData("The passage does not mention it.", 1)]
    [InlineData("It belongs to Mr Brown.", 0)]
    public void WhatAPassageDoesNotSay(string answer, double right) => Assert.Equal(right, Grounded.Score(answer, "A shop.", [])["not_stated_right"]);

    [Fact]
    public void PrecisionCountsDefiniteAnswersOnly()
    {
        List<ItemOutcome> items = [.. new[] { (1.0, 1.0), (1, 0), (0, 0) }.Select(p => new ItemOutcome(null, "", new Dictionary<string, double> { ["definite"] = p.Item1, ["supported"] = p.Item2 }))];
        Assert.Equal(0.5, new Grounded().Aggregates[0].Of(items));
        Assert.True(double.IsNaN(new Grounded().Aggregates[0].Of([items[2]])));
    }

    [Fact]
    public void ParaphrasesAgreeWhenTheySayTheSame()
    {
        Assert.Equal(1, Consistency.Agreement(["It is Paris.", "Paris", "The city of Paris"], ["Paris"]));
        Assert.Equal(1.0 / 3, Consistency.Agreement(["It is Paris.", "Paris", "Rome"], ["Paris"]), 12);
        Assert.Equal(1, Consistency.Agreement(["a big red bus", "a big red car"], []));
        Assert.Equal(0, Consistency.Agreement(["红色的大巴", "蓝天"], []));
    }

    [Fact]
    public void CalibrationIsTheDistanceBetweenConfidenceAndTruth()
    {
        static ItemOutcome Item(double confidence, double right, double abstained = 0) => new(null, "", new Dictionary<string, double> { ["confidence"] = confidence, ["correct_rate"] = right, ["abstain_rate"] = abstained });
        Assert.Equal(0, Hallucination.CalibrationError([Item(1, 1), Item(1, 1)]), 12);
        Assert.Equal(0.25, Hallucination.CalibrationError([Item(0.75, 1), Item(0.75, 0)]), 12);
        Assert.Equal(0.5, Hallucination.CalibrationError([Item(0.95, 0), Item(0.05, 0), Item(0.9, 0, 1)]), 12);
        Assert.True(double.IsNaN(Hallucination.CalibrationError([Item(0.9, 0, 1)])));
    }
}
