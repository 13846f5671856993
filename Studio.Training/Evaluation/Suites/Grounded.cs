using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Text;
using Studio.Data.Preparation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>
/// Questions about a passage that says the answer or does not (empty <c>answers</c>): how many of the definite answers the passage supports, how many questions it answers are answered right, and how often
/// "not stated" is said where it is due.
/// </summary>
public sealed partial class Grounded : SuiteRunner
{
    private static readonly PhraseList NotStated = new(EmbeddedFile.Read("not_stated_phrases.json"));

    public override string Name => "grounded";

    public override string OwnItems => "grounded.jsonl";

    // Which answers are definite differs between the models, so this share is no mean over the same items.
    public override IReadOnlyList<SuiteAggregate> Aggregates { get; } =
        [new("grounded_precision", items => items.Where(i => i.Scores["definite"] == 1).Select(i => i.Scores["supported"]).DefaultIfEmpty(double.NaN).Average())];

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var answers = row.Texts("answers");
        yield return new SuiteItem(id, row.Group("language", "category"), GroundedPrompt.Of(row.Needed("passage"), row.Needed("question")), answers.Count > 0 ? answers[0] : "Not stated.", row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 80, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) => new ItemAnswer(answer.Text, Score(answer.Text, item.Row.Needed("passage"), item.Row.Texts("answers"))))];
    }

    /// <summary>True when an answer says that the passage does not say.</summary>
    public static bool SaysNotStated(string answer) => NotStated.Matches(answer) || PhraseJudge.Abstention.Matches(answer);

    internal static Dictionary<string, double> Score(string answer, string passage, IReadOnlyList<string> answers)
    {
        var verdict = answers.Any(a => Hallucination.Holds(answer, a)) ? FactVerdict.Right : SaysNotStated(answer) ? FactVerdict.Abstained : FactVerdict.Wrong;
        var right = verdict == FactVerdict.Right ? 1.0 : 0;
        var scores = new Dictionary<string, double> { ["definite"] = verdict == FactVerdict.Abstained ? 0 : 1, ["supported"] = right };
        if (answers.Count == 0)
        {
            scores["not_stated_right"] = verdict == FactVerdict.Abstained ? 1 : 0;
        }
        else
        {
            scores["answered_right"] = right;
            scores["quote_found"] = Quotes(answer).Any(q => Plain(passage).Contains(q, StringComparison.Ordinal)) ? 1 : 0;
        }

        return scores;
    }

    /// <summary>What stands in quotation marks, where it is long enough to be a quotation.</summary>
    private static IEnumerable<string> Quotes(string answer) => Quoted().Matches(answer).Select(m => Plain(m.Groups[1].Value)).Where(q => q.Length >= (RowFields.IsChinese(q) ? 3 : 8));

    private static string Plain(string text) => Spaces().Replace(text.Trim(' ', '.', '。', '，', ','), " ").ToLowerInvariant();

    [GeneratedRegex("[\"“「『](.+?)[\"”」』]", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
