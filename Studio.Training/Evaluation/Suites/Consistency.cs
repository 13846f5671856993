using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Text;

namespace Studio.Training.Evaluation.Suites;

/// <summary>
/// One question in several wordings: the share of pairs of answers that say the same. Two answers agree when both contain the same of the row's <c>answers</c>; where neither contains any (or the row has none), when
/// at least half of their words are common.
/// </summary>
public sealed class Consistency : SuiteRunner
{
    private const double EnoughCommon = 0.5;

    public override string Name => "consistency";

    public override string OwnItems => "consistency.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var paraphrases = row.Texts("paraphrases");
        if (paraphrases.Count < 2)
        {
            throw new InvalidDataException($"The field \"paraphrases\" needs at least two wordings: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("language", "category"), string.Join('\n', paraphrases), null, row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var asked = items.Select(i => i.Row.Texts("paraphrases")).ToList();
        var given = await model.AskAsync([.. asked.SelectMany(p => p).Select(p => new AskedQuestion(p, []))], use.MaxTokens ?? 48, cancellation).ConfigureAwait(false);
        List<ItemAnswer> answers = [];
        for (int i = 0, at = 0; i < items.Count; at += asked[i].Count, i++)
        {
            var own = given.Skip(at).Take(asked[i].Count).Select(g => g.Text).ToList();
            answers.Add(new ItemAnswer(string.Join('\n', own.Select(o => o.ReplaceLineEndings(" "))), new Dictionary<string, double> { ["consistency"] = Agreement(own, items[i].Row["answers"] is null ? [] : items[i].Row.Texts("answers")) }));
        }

        return answers;
    }

    internal static double Agreement(IReadOnlyList<string> answers, IReadOnlyList<string> expected)
    {
        var found = answers.Select(a => expected.Where(e => Hallucination.Holds(a, e)).ToHashSet(StringComparer.Ordinal)).ToList();
        double agreeing = 0, pairs = 0;
        for (var i = 0; i < answers.Count; i++)
        {
            for (var j = i + 1; j < answers.Count; j++, pairs++)
            {
                agreeing += found[i].Overlaps(found[j]) || (found[i].Count + found[j].Count == 0 && Common(answers[i], answers[j])) ? 1 : 0;
            }
        }

        return agreeing / pairs;
    }

    private static bool Common(string a, string b) => AnswerMatch.F1(a, [b], RowFields.IsChinese(a + b) ? "zh" : null) >= EnoughCommon;
}
