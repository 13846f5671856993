using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Word problems whose final number is compared (Cobbe et al. 2021): what stands behind the last <c>####</c>, else the last number of the answer.</summary>
public sealed partial class MathAnswer : SuiteRunner
{
    public override string Name => "math_answer";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answer = row.Needed("answer");
        if (Final(answer) is null)
        {
            throw new InvalidDataException($"The field \"answer\" holds no number: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("question"), answer, row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, [.. i.Shots.Select(s => (s.Needed("question"), s.Needed("answer")))]))], use.MaxTokens ?? 512, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, new Dictionary<string, double> { ["accuracy"] = Final(answer.Text) is { } said && said == Final(item.Expected!) ? 1 : 0 }))];
    }

    internal static decimal? Final(string text)
    {
        var mark = text.LastIndexOf("####", StringComparison.Ordinal);
        if (mark >= 0 && Numbers().Match(text, mark) is { Success: true } marked)
        {
            return RowFields.Number(marked.Value);
        }

        return Numbers().Matches(text) is { Count: > 0 } all ? RowFields.Number(all[^1].Value) : null;
    }

    [GeneratedRegex(@"(?:(?<![\w.)])-)?\d[\d,]*(?:\.\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
