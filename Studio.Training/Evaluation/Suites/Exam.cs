using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Exams;

namespace Studio.Training.Evaluation.Suites;

/// <summary>
/// Multiple-choice exams by the log-likelihood of the letter behind "Answer:", as MMLU is asked (Hendrycks et al. 2021); development questions of the subject come first as examples. Items may be a folder or file as exams are
/// published (<see cref="ExamImport"/>).
/// </summary>
public sealed class Exam : SuiteRunner
{
    public override string Name => "exam";

    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } =
        [new("acc_subjects", items => items.GroupBy(i => i.Group).Select(g => g.Average(i => i.Scores["acc"])).Average())];

    public override IReadOnlyList<JsonObject>? Import(string path)
    {
        if (!Directory.Exists(path) && Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase)
            && File.ReadLines(path).FirstOrDefault(l => l.Length > 0)?.Contains("\"choices\"", StringComparison.Ordinal) == true)
        {
            return null;
        }

        return [.. ExamImport.Read(path).Questions.Select(q => q.ToRow())];
    }

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var subject = row.Text("subject");
        yield return new SuiteItem(id, row.Text("category") is { Length: > 0 } category ? $"{category}/{subject ?? category}" : subject, Asked(row), Letter(Target(row)), row);
    }

    public override Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        List<(string Context, string Continuation)> asked = [];
        foreach (var item in items)
        {
            var context = Context(item);
            var space = context.EndsWith('：') ? "" : " ";
            asked.AddRange(item.Row.Texts("choices").Select((_, i) => (context, space + Letter(i))));
        }

        var scores = model.LogLikelihoods.Of(asked, cancellation);
        List<ItemAnswer> answers = [];
        var at = 0;
        foreach (var item in items)
        {
            var count = item.Row.Texts("choices").Count;
            var best = Enumerable.Range(0, count).MaxBy(i => scores[at + i].Sum);
            at += count;
            answers.Add(new ItemAnswer(Letter(best), new Dictionary<string, double> { ["acc"] = best == Target(item.Row) ? 1 : 0 }));
        }

        return Task.FromResult<IReadOnlyList<ItemAnswer>>(answers);
    }

    private static string Context(SuiteItem item)
    {
        var subject = item.Row.Text("subject")?.Replace('_', ' ');
        var chinese = RowFields.IsChinese(item.Row.Needed("question"));
        var heading = chinese
            ? $"以下是{(subject is null ? "" : $"关于“{subject}”的")}单项选择题，请选出正确答案。\n\n"
            : $"The following are multiple choice questions (with answers){(subject is null ? "" : $" about {subject}")}.\n\n";
        return heading + string.Concat(item.Shots.Select(s => $"{Asked(s)}{(Ends(s).EndsWith('：') ? "" : " ")}{Letter(Target(s))}\n\n")) + Asked(item.Row);
    }

    private static string Asked(JsonObject row)
    {
        var passage = row.Text("passage") is { Length: > 0 } text ? text.Trim() + "\n\n" : "";
        return $"{passage}{row.Needed("question").Trim()}\n{string.Concat(row.Texts("choices").Select((c, i) => $"{Letter(i)}. {c}\n"))}{Ends(row)}";
    }

    private static string Ends(JsonObject row) => RowFields.IsChinese(row.Needed("question")) ? "答案：" : "Answer:";

    private static string Letter(int index) => ((char)('A' + index)).ToString();

    private static int Target(JsonObject row)
    {
        var answer = row.Needed("answer").Trim();
        var index = answer is [>= 'A' and <= 'Z'] ? answer[0] - 'A' : (int?)RowFields.Number(answer) ?? -1;
        return index >= 0 && index < row.Texts("choices").Count ? index : throw new InvalidDataException($"The answer \"{answer}\" is neither the letter nor the index of a choice: {row.ToJsonString()}");
    }
}
