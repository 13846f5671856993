using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Chooses the answer with the highest log-likelihood, as lm-evaluation-harness does: by sum, per character, per byte, and against the empty context.</summary>
/// <param name="fewShotDelimiter">Between examples, and before the question.</param>
public sealed class MultipleChoice(string fewShotDelimiter = "\n\n") : SuiteRunner
{
    public override string Name => "multiple_choice";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var choices = row.Texts("choices");
        yield return new SuiteItem(id, row.Group("subject", "category", "language"), row.Needed("question"), choices[Target(row, choices)], row);
    }

    public override Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        List<(string Context, string Continuation)> asked = [];
        foreach (var item in items)
        {
            var context = Context(item);
            asked.AddRange(item.Row.Texts("choices").Select(c => (context, " " + c)));
        }

        // The empty context is the same for every item, so each choice needs it once.
        var alone = asked.Select(a => a.Continuation).Distinct(StringComparer.Ordinal).ToList();
        var scores = model.LogLikelihoods.Of([.. asked, .. alone.Select(c => ("", c))], cancellation);
        var unconditional = alone.Select((text, i) => (text, scores[asked.Count + i].Sum)).ToDictionary(p => p.text, p => p.Sum, StringComparer.Ordinal);
        List<ItemAnswer> answers = [];
        var at = 0;
        foreach (var item in items)
        {
            var choices = item.Row.Texts("choices");
            var sums = choices.Select((_, i) => scores[at + i].Sum).ToArray();
            at += choices.Count;
            var target = Target(item.Row, choices);
            var best = Best(sums);
            answers.Add(new ItemAnswer(choices[best], new Dictionary<string, double>
            {
                ["acc"] = best == target ? 1 : 0,
                ["acc_norm"] = Best([.. sums.Select((s, i) => s / Math.Max(1, choices[i].EnumerateRunes().Count()))]) == target ? 1 : 0,
                ["acc_bytes"] = Best([.. sums.Select((s, i) => s / Math.Max(1, Encoding.UTF8.GetByteCount(choices[i])))]) == target ? 1 : 0,
                ["acc_mutual_info"] = Best([.. sums.Select((s, i) => s - unconditional[" " + choices[i]])]) == target ? 1 : 0,
            }));
        }

        return Task.FromResult<IReadOnlyList<ItemAnswer>>(answers);
    }

    private string Context(SuiteItem item) => string.Concat(item.Shots.Select(shot =>
    {
        var choices = shot.Texts("choices");
        return $"{shot.Needed("question")} {choices[Target(shot, choices)]}{fewShotDelimiter}";
    })) + item.Row.Needed("question");

    private static int Best(double[] values) => Array.IndexOf(values, values.Max());

    /// <summary>The right choice: its index from 0, its letter or its text.</summary>
    private static int Target(JsonObject row, IReadOnlyList<string> choices)
    {
        var answer = row.Needed("answer").Trim();
        var byText = choices.ToList().FindIndex(c => c.Trim() == answer);
        var index = row["answer"]!.GetValueKind() == System.Text.Json.JsonValueKind.String && byText >= 0 ? byText
            : int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : answer.Length == 1 && char.IsAsciiLetter(answer[0]) ? char.ToUpperInvariant(answer[0]) - 'A'
            : -1;
        return index >= 0 && index < choices.Count
            ? index
            : throw new InvalidDataException($"The answer \"{answer}\" is none of the {choices.Count} choices; give its index from 0, its letter or its text: {row.ToJsonString()}");
    }
}
