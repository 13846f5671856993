using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>How well the model predicts text: strided windows with half a context of overlap, every token but the first of a text scored once.</summary>
public sealed class Perplexity : SuiteRunner
{
    private const int LongestWindow = 2048;

    public override string Name => "perplexity";

    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } =
    [
        new("nll", NatsPerToken),
        new("perplexity", items => Math.Exp(NatsPerToken(items))),
    ];

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("text"), null, row);
    }

    public override Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var scorer = model.LogLikelihoods;
        var window = Math.Min(scorer.ContextLength, LongestWindow);
        var windows = items.Select(i => TextWindows.Strided(scorer.Encode(i.Row.Needed("text")), window, Math.Max(1, window / 2))).ToList();
        var scores = scorer.OfTokens([.. windows.SelectMany(w => w)], cancellation);
        List<ItemAnswer> answers = [];
        var at = 0;
        foreach (var own in windows)
        {
            var sum = 0.0;
            var tokens = 0;
            for (var i = 0; i < own.Count; i++, at++)
            {
                sum -= scores[at].Sum;
                tokens += scores[at].Tokens;
            }

            answers.Add(new ItemAnswer("", new Dictionary<string, double> { ["nll_sum"] = sum, ["tokens"] = tokens }));
        }

        return Task.FromResult<IReadOnlyList<ItemAnswer>>(answers);
    }

    private static double NatsPerToken(IReadOnlyList<ItemOutcome> items)
    {
        var tokens = items.Sum(i => i.Scores["tokens"]);
        return tokens > 0 ? items.Sum(i => i.Scores["nll_sum"]) / tokens : double.NaN;
    }
}
