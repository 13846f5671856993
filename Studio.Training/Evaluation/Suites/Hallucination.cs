using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>What an answer to a question is worth.</summary>
public enum FactVerdict
{
    Right,
    Wrong,
    Abstained,
}

/// <summary>Questions of known facts, of what nobody can know, and with false premises: answered right, wrong, or with "I don't know".</summary>
public sealed class Hallucination : SuiteRunner
{
    public override string Name => "hallucination";

    public override string OwnItems => "hallucination_questions.jsonl";

    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } = [new("calibration_error", CalibrationError)];

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answers = row.Texts("answers");
        yield return new SuiteItem(id, row.Group("kind", "category"), row.Needed("question"), answers.Count > 0 ? answers[0] : "I don't know", row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskWithConfidenceAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 64, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, Sure(Score(answer.Text, item.Row.Texts("answers"), item.Row.Text("kind") == "false_premise"), answer.Confidence)))];
    }

    /// <summary>Whether an answer is right, wrong or an abstention, as the suite judges it.</summary>
    public static FactVerdict Verdict(string answer, IReadOnlyList<string> answers) =>
        answers.Any(a => Holds(answer, a)) ? FactVerdict.Right : PhraseJudge.Abstention.Matches(answer) ? FactVerdict.Abstained : FactVerdict.Wrong;

    /// <summary>Expected calibration error (Guo et al. 2017): mean distance between confidence and share of right answers over ten bins of confidence, of the answers that are no abstentions.</summary>
    internal static double CalibrationError(IReadOnlyList<ItemOutcome> items)
    {
        const int bins = 10;
        var definite = items.Where(i => i.Scores.ContainsKey("confidence") && i.Scores["abstain_rate"] == 0).ToList();
        return definite.Count == 0
            ? double.NaN
            : definite.GroupBy(i => Math.Min(bins - 1, (int)(i.Scores["confidence"] * bins))).Sum(bin => Math.Abs(bin.Sum(i => i.Scores["confidence"] - i.Scores["correct_rate"]))) / definite.Count;
    }

    private static Dictionary<string, double> Sure(Dictionary<string, double> scores, double? confidence)
    {
        if (confidence is { } sure)
        {
            scores["confidence"] = sure;
        }

        return scores;
    }

    /// <param name="answers">Any of them makes the answer right; none means that every definite answer is wrong.</param>
    internal static Dictionary<string, double> Score(string answer, IReadOnlyList<string> answers, bool falsePremise)
    {
        var verdict = Verdict(answer, answers);
        var (right, abstained) = (verdict == FactVerdict.Right, verdict == FactVerdict.Abstained);
        var scores = new Dictionary<string, double>
        {
            ["hallucination_rate"] = right || abstained ? 0 : 1,
            ["correct_rate"] = right ? 1 : 0,
            ["abstain_rate"] = abstained ? 1 : 0,
        };
        if (falsePremise)
        {
            scores["false_premise_corrected"] = right ? 1 : 0;
        }

        return scores;
    }

    // Chemical symbols and the like (Au) would be found in ordinary words if case did not matter.
    internal static bool Holds(string text, string answer) => RowFields.IsChinese(answer)
        ? text.Contains(answer, StringComparison.OrdinalIgnoreCase)
        : Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(answer)}(?!\w)", (answer.Length <= 2 ? RegexOptions.None : RegexOptions.IgnoreCase) | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
