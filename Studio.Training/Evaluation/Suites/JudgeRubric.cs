using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>A judge marks each answer from 1 to 5 by the row's <c>rubric</c>. Rows with an <c>answer</c> and a <c>human_mark</c> measure the judge: it agrees when it is at most one mark away.</summary>
public sealed class JudgeRubric : SuiteRunner
{
    public override string Name => "judge_rubric";

    public override bool NeedsJudge => true;

    public override bool Cacheable => false;

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        if (row["human_mark"] is not null && (row.Text("answer") is null || HumanMark(row) is not (>= 1 and <= 5)))
        {
            throw new InvalidDataException($"A human mark is a number from 1 to 5 and needs an answer: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("prompt"), row.Text("reference"), row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var judge = model.Judge ?? throw new InvalidOperationException("The suite needs a judge.");
        var open = items.Where(i => i.Row["human_mark"] is null).ToList();
        var given = await model.AskAsync([.. open.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 256, cancellation).ConfigureAwait(false);
        var own = open.Zip(given).ToDictionary(p => p.First.Id, p => p.Second.Text, StringComparer.Ordinal);
        var answers = items.Select(i => own.GetValueOrDefault(i.Id) ?? i.Row.Needed("answer")).ToList();
        var marks = await judge.ChooseAsync([.. items.Select((item, i) => JudgePrompts.Mark(item.Prompt, answers[i], item.Row.Text("rubric"), item.Row.Text("reference")))], JudgePrompts.Marks, cancellation).ConfigureAwait(false);
        return [.. items.Select((item, i) => new ItemAnswer(answers[i], Score(marks[i], HumanMark(item.Row))))];
    }

    internal static Dictionary<string, double> Score(string? mark, double? human) => mark is null ? []
        : double.Parse(mark, CultureInfo.InvariantCulture) is var given && human is { } wanted
            ? new() { ["human_agreement"] = Math.Abs(given - wanted) <= 1 ? 1 : 0 }
            : new() { ["score"] = (given - 1) / 4 };

    private static double? HumanMark(JsonObject row) => row.Text("human_mark") is { } text ? (double?)RowFields.Number(text) ?? double.NaN : null;
}
