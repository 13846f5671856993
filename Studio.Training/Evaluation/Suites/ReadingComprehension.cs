using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Short texts with questions: the answer's overlap with the expected ones, scored as question answering is.</summary>
public sealed class ReadingComprehension : SuiteRunner
{
    public override string Name => "reading_comprehension";

    public override string OwnItems => "reading_comprehension.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answers = row.Texts("answers");
        if (answers.Count == 0)
        {
            throw new InvalidDataException($"The field \"answers\" is empty; questions that the text does not answer belong to the suite grounded: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("language", "category"), Prompt(row), answers[0], row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, [.. i.Shots.Select(s => (Prompt(s), s.Texts("answers")[0]))]))], use.MaxTokens ?? 48, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, QuestionAnswering.Score(answer.Text, item.Row.Texts("answers"))))];
    }

    private static string Prompt(JsonObject row)
    {
        var question = row.Needed("question");
        return RowFields.IsChinese(question)
            ? $"{row.Needed("passage")}\n\n请用原文中的词语简短回答：{question}"
            : $"{row.Needed("passage")}\n\nAnswer in a few words from the text: {question}";
    }
}
