using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>
/// Dialogues whose last answer depends on what went before. <c>turns</c> are texts of user and assistant by turns, the last one the user's; the answer must contain one of <c>answers</c> and none of <c>wrong</c>.
/// </summary>
public sealed class MultiTurn : SuiteRunner
{
    public override string Name => "multi_turn";

    public override string OwnItems => "multi_turn.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var turns = row.Texts("turns");
        if (turns.Count % 2 == 0 || row.Texts("answers").Count == 0)
        {
            throw new InvalidDataException($"A dialogue needs an odd number of turns, the last one the user's, and at least one answer: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("kind", "language"), string.Join('\n', turns.Select((t, i) => $"{(i % 2 == 0 ? "User" : "Assistant")}: {t}")), row.Texts("answers")[0], row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => Asked(i.Row.Texts("turns")))], use.MaxTokens ?? 64, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, new Dictionary<string, double>
        {
            ["kept"] = item.Row.Texts("answers").Any(a => Hallucination.Holds(answer.Text, a)) && !(item.Row["wrong"] is null ? [] : item.Row.Texts("wrong")).Any(w => Hallucination.Holds(answer.Text, w)) ? 1 : 0,
        }))];
    }

    private static AskedQuestion Asked(IReadOnlyList<string> turns) => new(turns[^1], [.. Enumerable.Range(0, turns.Count / 2).Select(i => (turns[2 * i], turns[(2 * i) + 1]))]);
}
