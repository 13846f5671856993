using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Whether the last word of a sentence is what the model would write by itself (Paperno et al. 2016): every token of the word must be the most likely one.</summary>
public sealed class LastWord : SuiteRunner
{
    public override string Name => "last_word";

    public override string OwnItems => "last_word.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var (context, word) = Split(row.Needed("text"));
        if (context.Length == 0 || word.Length == 0)
        {
            throw new InvalidDataException($"A text needs at least two words: {row.ToJsonString()}");
        }

        yield return new SuiteItem(id, row.Group("category", "language"), context, word, row);
    }

    public override Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var scores = model.LogLikelihoods.Of([.. items.Select(i => Split(i.Row.Needed("text")))], cancellation);
        return Task.FromResult<IReadOnlyList<ItemAnswer>>([.. scores.Select((s, i) =>
            new ItemAnswer(s.IsGreedy ? items[i].Expected! : "", new Dictionary<string, double> { ["accuracy"] = s.IsGreedy ? 1 : 0 }))]);
    }

    // Chinese has no spaces: there the last character stands for the last word.
    private static (string Context, string Word) Split(string text)
    {
        var kept = text.TrimEnd(' ', '\n', '\r', '\t', '.', '!', '?', '。', '！', '？');
        var space = kept.LastIndexOf(' ');
        return space > 0 ? (kept[..space], kept[space..]) : kept.Length > 1 && RowFields.IsChinese(kept) ? (kept[..^1], kept[^1..]) : ("", "");
    }
}
