using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Text;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Minutes written from transcripts, against reference minutes: ROUGE per item (characters for Chinese), BLEU and chrF over all.</summary>
public sealed class MeetingSummary : SuiteRunner
{
    public override string Name => "meeting_summary";

    public override string OwnItems => "meeting_summary.jsonl";

    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } =
    [
        new("bleu", items => Bleu.Corpus(Answers(items), References(items), new BleuOptions { Tokenize = items.Any(i => RowFields.IsChinese(i.Expected!)) ? "zh" : "13a" }).Score, 200),
        new("chrf", items => Chrf.Corpus(Answers(items), References(items)), 200),
    ];

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        yield return new SuiteItem(id, row.Group("language", "category"), Prompt(row.Needed("transcript")), row.Needed("reference"), row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, [.. i.Shots.Select(s => (Prompt(s.Needed("transcript")), s.Needed("reference")))]))], use.MaxTokens ?? 200, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) =>
        {
            Func<string, string[]> tokens = RowFields.IsChinese(item.Expected!) ? Rouge.Characters : text => Rouge.Words(text, stem: true);
            var (wanted, said) = (tokens(item.Expected!), tokens(answer.Text));
            return new ItemAnswer(answer.Text, new Dictionary<string, double> { ["rouge_1"] = Rouge.Ngram(wanted, said, 1).FMeasure, ["rouge_l"] = Rouge.Longest(wanted, said).FMeasure });
        })];
    }

    private static string Prompt(string transcript) => RowFields.IsChinese(transcript)
        ? $"请为下面的会议写简短的纪要，写出决定和待办。\n\n{transcript}"
        : $"Write short minutes of this meeting with its decisions and to-dos.\n\n{transcript}";

    private static List<string> Answers(IReadOnlyList<ItemOutcome> items) => [.. items.Select(i => i.Answer)];

    private static List<IReadOnlyList<string>> References(IReadOnlyList<ItemOutcome> items) => [[.. items.Select(i => i.Expected!)]];
}
