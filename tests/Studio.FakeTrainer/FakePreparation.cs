using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;

namespace Studio.FakeTrainer;

/// <summary>
/// Prepares ten pairs and two ordinary prompts without a model. The seed of the options says what shall go wrong: 1001 waits after three prompts for a file "go"
/// or a control word, 1002 is killed once after five prompts, 1003 is always killed, 1004 fails.
/// </summary>
internal static class FakePreparation
{
    public const int Pairs = 10;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static async Task<int> RunAsync(string root)
    {
        var folder = new JobFolder(root);
        var spec = StudioJson.Deserialize<PreparationSpec>(await File.ReadAllTextAsync(folder.Spec));
        var seed = spec.Options["seed"]?.GetValue<int>() ?? 42;
        var stop = new TaskCompletionSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "preparing" });
        List<PreparedRow> rows = [.. Rows(spec)];
        var answered = Path.Combine(root, "answered.jsonl");
        var known = File.Exists(answered) ? File.ReadLines(answered).Count() : 0;
        for (var i = known; i < rows.Count; i++)
        {
            if (seed == 1001 && i == 3)
            {
                while (!File.Exists(Path.Combine(root, "go")) && !File.Exists(folder.Control) && !stop.Task.IsCompleted && FakeTraining.ParentLives())
                {
                    await Task.Delay(20);
                }
            }

            if (stop.Task.IsCompleted || !FakeTraining.ParentLives())
            {
                return 143;
            }

            if (File.Exists(folder.Control))
            {
                var word = await File.ReadAllTextAsync(folder.Control);
                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = word == "cancel" ? "cancelled" : "paused" });
                return 0;
            }

            if ((seed == 1002 && i == 5 && known == 0) || seed == 1003)
            {
                Process.GetCurrentProcess().Kill();
            }

            if (seed == 1004)
            {
                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Failure, Failure = new JobFailure("bad_data", "The prompts are wrong.", "Correct the file.") });
                return 2;
            }

            File.AppendAllText(answered, rows[i].Id + "\n");
            Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Metrics, Step = i + 1, TotalSteps = rows.Count, Message = spec.Kind });
        }

        PreparedRows.Write(Path.Combine(root, PreparedRows.FileName), rows);
        var result = new PreparationResult
        {
            Rows = rows.Count,
            Groups = rows.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => (long)g.Count()),
            Problems = PreparationWarnings.Of(rows),
            BaseSha256 = new string('a', 64),
            FinishedAt = Now,
        };
        await File.WriteAllTextAsync(Path.Combine(root, "result.json"), StudioJson.Serialize(result));
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "succeeded" });
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

    private static void Write(JobFolder folder, JobEvent happened) => File.AppendAllText(folder.Events, StudioJson.Serialize(happened) + "\n");
}
