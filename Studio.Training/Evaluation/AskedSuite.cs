using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.Training.Evaluation;

/// <summary>A suite in a run: what is asked, and the answers so far in <c>items/SUITE.jsonl</c>.</summary>
internal sealed class AskedSuite
{
    private readonly AnswerFile<EvaluatedItem> answers;

    private AskedSuite(SuiteUse use, SuiteRunner runner, SuiteRows rows, string path)
    {
        (Use, Runner, Rows) = (use, runner, rows);
        answers = new AnswerFile<EvaluatedItem>(path, item => item.Id);
    }

    public SuiteUse Use { get; }

    public SuiteRunner Runner { get; }

    public SuiteRows Rows { get; }

    /// <exception cref="InvalidDataException">There is no such suite, or its items are wrong.</exception>
    public static AskedSuite Read(SuiteUse use, int seed, JobFolder folder)
    {
        var runner = SuiteRunners.Of(use.Suite);
        return new AskedSuite(use, runner, SuiteRows.Read(runner, use, seed, folder.Resolve), Path.Combine(folder.Root, "items", $"{runner.Name}.jsonl"));
    }

    /// <summary>The stored answer to this very item, or null.</summary>
    /// <param name="withBase">An answer without the base's does not do.</param>
    public EvaluatedItem? Answered(SuiteItem item, bool withBase) =>
        answers.Find(item.Id) is { } found && found.Prompt == item.Prompt && found.Expected == item.Expected && (!withBase || found.BaseScores is not null) ? found : null;

    /// <summary>Stores the answers to some items, in their order; null for the base where it was not asked.</summary>
    public void Keep(IReadOnlyList<SuiteItem> items, IReadOnlyList<ItemAnswer> given, IReadOnlyList<ItemAnswer>? byBase) => answers.Append(
    [
        .. items.Select((item, i) => new EvaluatedItem
        {
            Id = item.Id,
            Group = item.Group,
            Prompt = item.Prompt,
            Expected = item.Expected,
            Answer = given[i].Text,
            Scores = given[i].Scores,
            BaseAnswer = byBase?[i].Text,
            BaseScores = byBase?[i].Scores,
        }),
    ]);

    /// <summary>The numbers over all items that have an answer.</summary>
    public IEnumerable<Measure> Measures(bool withBase, int seed) =>
        SuiteMeasures.Of(Runner, [.. Rows.Items.Select(i => Answered(i, withBase)).OfType<EvaluatedItem>()], seed);
}
