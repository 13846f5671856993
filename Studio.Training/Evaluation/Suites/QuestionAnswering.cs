using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Text;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Short answers compared with the expected ones: exact match and token F1 after SQuAD's normalisation (MLQA's for Chinese), and whether an expected answer is contained.</summary>
public sealed class QuestionAnswering : SuiteRunner
{
    public override string Name => "question_answering";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answers = row.Texts("answers");
        if (answers.Count == 0)
        {
            throw new InvalidDataException($"The field \"answers\" is empty: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("category", "language"), Question(row), answers[0], row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(Question(i.Row), [.. i.Shots.Select(s => (Question(s), s.Texts("answers")[0]))]))], use.MaxTokens ?? 64, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, Score(answer.Text, item.Row.Texts("answers"))))];
    }

    internal static Dictionary<string, double> Score(string answer, IReadOnlyList<string> golds)
    {
        var language = golds.Any(RowFields.IsChinese) ? "zh" : null;
        var said = $" {Normal(answer)} ";
        return new Dictionary<string, double>
        {
            ["exact_match"] = AnswerMatch.ExactMatch(answer, golds, language),
            ["f1"] = AnswerMatch.F1(answer, golds, language),
            ["contains"] = golds.Any(g => Normal(g) is { Length: > 0 } gold && said.Contains($" {gold} ", StringComparison.Ordinal)) ? 1 : 0,
        };

        string Normal(string text) => language is null ? AnswerMatch.Normalize(text) : AnswerMatch.Normalize(text, language);
    }

    private static string Question(JsonObject row) => row.Text("context") is { Length: > 0 } context ? $"{context}\n\n{row.Needed("question")}" : row.Needed("question");
}
