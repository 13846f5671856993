using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Whether answers end by themselves, how long they are and how fast they come.</summary>
public sealed class StopRate : SuiteRunner
{
    public override string Name => "stop_rate";

    public override string OwnItems => "general_prompts.jsonl";

    // The speed belongs to the machine and the moment.
    public override bool Cacheable => false;

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("prompt"), null, row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 256, cancellation).ConfigureAwait(false);
        return [.. given.Select(answer => new ItemAnswer(answer.Text, new Dictionary<string, double>
        {
            ["stop_rate"] = answer.Stopped ? 1 : 0,
            ["answer_tokens"] = answer.Tokens,
            ["tokens_per_second"] = answer.Seconds > 0 ? answer.Tokens / answer.Seconds : 0,
        }))];
    }
}
