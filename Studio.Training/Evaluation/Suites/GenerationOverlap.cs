using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Text;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Generated text against references: corpus BLEU and chrF as sacrebleu computes them, ROUGE-L as rouge_score does (characters for Chinese).</summary>
public sealed class GenerationOverlap : SuiteRunner
{
    public override string Name => "generation_overlap";

    // A corpus score is computed anew for every resample, which is slow on long texts.
    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } =
    [
        new("bleu", items => Bleu.Corpus(Answers(items), References(items), new BleuOptions { Tokenize = items.Any(i => RowFields.IsChinese(i.Expected!)) ? "zh" : "13a" }).Score, 200),
        new("chrf", items => Chrf.Corpus(Answers(items), References(items)), 200),
    ];

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        yield return new SuiteItem(id, row.Group("category", "language"), row.Needed("prompt"), row.Needed("reference"), row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, [.. i.Shots.Select(s => (s.Needed("prompt"), s.Needed("reference")))]))], use.MaxTokens ?? 256, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) =>
        {
            Func<string, string[]> tokens = RowFields.IsChinese(item.Expected!) ? Rouge.Characters : text => Rouge.Words(text);
            return new ItemAnswer(answer.Text, new Dictionary<string, double> { ["rouge_l"] = Rouge.Longest(tokens(item.Expected!), tokens(answer.Text)).FMeasure });
        })];
    }

    private static List<string> Answers(IReadOnlyList<ItemOutcome> items) => [.. items.Select(i => i.Answer)];

    private static List<IReadOnlyList<string>> References(IReadOnlyList<ItemOutcome> items) => [[.. items.Select(i => i.Expected!)]];
}
