using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Questions of known facts, of what nobody can know, and with false premises: answered right, wrong, or with "I don't know".</summary>
public sealed class Hallucination : SuiteRunner
{
    public override string Name => "hallucination";

    public override string OwnItems => "hallucination_questions.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answers = row.Texts("answers");
        yield return new SuiteItem(id, row.Group("kind", "category"), row.Needed("question"), answers.Count > 0 ? answers[0] : "I don't know", row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 64, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, Score(answer.Text, item.Row.Texts("answers"), item.Row.Text("kind") == "false_premise")))];
    }

    /// <param name="answers">Any of them makes the answer right; none means that every definite answer is wrong.</param>
    internal static Dictionary<string, double> Score(string answer, IReadOnlyList<string> answers, bool falsePremise)
    {
        var right = answers.Any(a => Holds(answer, a));
        var abstained = !right && PhraseJudge.Abstention.Matches(answer);
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
    private static bool Holds(string text, string answer) => RowFields.IsChinese(answer)
        ? text.Contains(answer, StringComparison.OrdinalIgnoreCase)
        : Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(answer)}(?!\w)", (answer.Length <= 2 ? RegexOptions.None : RegexOptions.IgnoreCase) | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
