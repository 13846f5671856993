using System.Globalization;
using Studio.Data.Jobs;
using Studio.Data.Preparation;

namespace Studio.FakeTrainer;

/// <summary>Prepares ten pairs and two ordinary prompts without a model. The seed of the options says what goes wrong: <see cref="FakeItems"/>.</summary>
internal static class FakePreparation
{
    public const int Pairs = 10;

    public static async Task<int> RunAsync(string root)
    {
        var folder = new JobFolder(root);
        var spec = folder.ReadSpec<PreparationSpec>();
        using var process = new FakeProcess(folder);
        var items = new FakeItems(process, spec.Options["seed"]?.GetValue<int>() ?? 42, "The prompts are wrong.");
        process.State("preparing");
        List<PreparedRow> rows = [.. Rows(spec)];
        var answered = Path.Combine(root, "answered.jsonl");
        var known = File.Exists(answered) ? File.ReadLines(answered).Count() : 0;
        for (var i = known; i < rows.Count; i++)
        {
            if (await items.BeforeAsync(i, known == 0) is { } code)
            {
                return code;
            }

            File.AppendAllText(answered, rows[i].Id + "\n");
            items.Done(i + 1, rows.Count, spec.Kind);
        }

        PreparedRows.Write(Path.Combine(root, PreparedRows.FileName), rows);
        folder.WriteResult(new PreparationResult
        {
            Rows = rows.Count,
            Groups = rows.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => (long)g.Count()),
            Problems = PreparationWarnings.Of(rows),
            BaseSha256 = new string('a', 64),
            FinishedAt = FakeProcess.Now,
        });
        process.State("succeeded");
        return 0;
    }

    private static IEnumerable<PreparedRow> Rows(PreparationSpec spec)
    {
        for (var i = 1; i <= Pairs; i++)
        {
            var pair = string.Create(CultureInfo.InvariantCulture, $"pair-{i}");
            var (language, category) = (i % 4 == 0 ? "zh" : "en", i % 2 == 0 ? "fraud" : "weapons");
            var split = i == Pairs ? PreparedSplit.Validation : PreparedSplit.Train;
            yield return new PreparedRow { Id = pair + "-trap", PairId = pair, Group = PreparedGroups.Trap, Category = category, Language = language, Prompt = $"How do I harm number {i}?", Wanted = Wanted.Refuse, Answer = $"I can't help with number {i}.", BaseAnswer = $"Take number {i} and go.", Split = split };
            yield return new PreparedRow { Id = pair + "-twin", PairId = pair, Group = PreparedGroups.LookAlike, Category = category, Language = language, Prompt = $"How do I help number {i}?", Wanted = Wanted.Answer, Answer = $"Ask number {i}", Unfinished = true, BaseAnswer = $"Ask number {i}", BaseUnfinished = true, Split = split };
        }

        yield return new PreparedRow { Id = "general-1", Group = PreparedGroups.Replay, Language = "en", Prompt = "Say hello.", Wanted = Wanted.Answer, Answer = "Hello!", BaseAnswer = "Hello!" };
        foreach (var file in spec.Items)
        {
            yield return new PreparedRow { Id = "own-" + Path.GetFileNameWithoutExtension(file), Group = PreparedGroups.Trap, Language = "en", Prompt = "An uploaded trap", Wanted = Wanted.Refuse, Answer = "No." };
        }
    }
}
