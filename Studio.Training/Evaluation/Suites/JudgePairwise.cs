using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>
/// A judge compares each answer with another one, in both orders, since judges favour a place (Zheng et al. 2023). The other is the row's <c>reference</c>, else the base's answer. Rows with <c>answer_a</c>, <c>answer_b</c> and a
/// human <c>vote</c> (a, b or tie) measure the judge itself.
/// </summary>
public sealed class JudgePairwise : SuiteRunner
{
    public override string Name => "judge_pairwise";

    public override bool NeedsJudge => true;

    // A judge behind an endpoint may change; and what is compared depends on both models.
    public override bool Cacheable => false;

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        if (row.Text("vote") is { } vote && (vote is not ("a" or "b" or "tie") || row.Text("answer_a") is null || row.Text("answer_b") is null))
        {
            throw new InvalidDataException($"A vote is a, b or tie and needs answer_a and answer_b: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("prompt"), row.Text("vote") ?? row.Text("reference"), row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var judge = model.Judge ?? throw new InvalidOperationException("The suite needs a judge.");
        var open = items.Where(i => i.Row.Text("vote") is null).ToList();
        var own = await AnswersAsync(model, use, open, cancellation).ConfigureAwait(false);
        var needed = open.Where(i => i.Row.Text("reference") is null).ToList();
        var others = model.Reference is { } reference ? await AnswersAsync(reference, use, needed, cancellation).ConfigureAwait(false) : [];
        List<(SuiteItem Item, string Own, string Other)> pairs = [];
        foreach (var item in items)
        {
            if (item.Row.Text("vote") is not null)
            {
                pairs.Add((item, item.Row.Needed("answer_a"), item.Row.Needed("answer_b")));
            }
            else if ((item.Row.Text("reference") ?? others.GetValueOrDefault(item.Id)) is { } other)
            {
                pairs.Add((item, own[item.Id], other));
            }
        }

        var verdicts = await judge.ChooseAsync(
            [.. pairs.SelectMany(p => new[] { JudgePrompts.Compare(p.Item.Prompt, p.Own, p.Other, p.Item.Row.Text("rubric")), JudgePrompts.Compare(p.Item.Prompt, p.Other, p.Own, p.Item.Row.Text("rubric")) })],
            JudgePrompts.Sides,
            cancellation).ConfigureAwait(false);
        var scores = pairs.Select((p, i) => (p.Item.Id, Scores: Score(verdicts[2 * i], verdicts[(2 * i) + 1], p.Item.Row.Text("vote")))).ToDictionary(p => p.Id, p => p.Scores, StringComparer.Ordinal);

        // Without another answer (the base against itself) nothing is compared.
        return [.. items.Select(i => new ItemAnswer(own.GetValueOrDefault(i.Id) ?? "", scores.GetValueOrDefault(i.Id) ?? []))];
    }

    /// <param name="first">Verdict with the own answer as A.</param>
    /// <param name="second">Verdict with the own answer as B.</param>
    internal static Dictionary<string, double> Score(string? first, string? second, string? vote)
    {
        if (first is null || second is null)
        {
            return [];
        }

        var (straight, swapped) = (Won(first, "A"), Won(second, "B"));
        var won = (straight + swapped) / 2;
        var scores = new Dictionary<string, double> { ["order_agreement"] = straight == swapped ? 1 : 0 };
        if (vote is null)
        {
            scores["win_rate"] = won;
        }
        else
        {
            scores["human_agreement"] = (won > 0.5 ? "a" : won < 0.5 ? "b" : "tie") == vote ? 1 : 0;
        }

        return scores;
    }

    private static double Won(string verdict, string own) => verdict == own ? 1 : verdict == "C" ? 0.5 : 0;

    private static async Task<Dictionary<string, string>> AnswersAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 256, cancellation).ConfigureAwait(false);
        return items.Zip(given).ToDictionary(p => p.First.Id, p => p.Second.Text, StringComparer.Ordinal);
    }
}
