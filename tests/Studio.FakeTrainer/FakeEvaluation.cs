using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.FakeTrainer;

/// <summary>
/// Answers twelve items per suite without a model: the tuned model is right where the base is on all but one, and on two more. The metadata of an evaluation
/// cannot reach the trainer, so its seed says what shall go wrong: 1001 waits after three items for a file "go" or a control word, 1002 is killed once after
/// five items, 1003 is always killed, 1004 fails.
/// </summary>
internal static class FakeEvaluation
{
    public const int Items = 12;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static async Task<int> RunAsync(string root)
    {
        var folder = new JobFolder(root);
        var spec = StudioJson.Deserialize<EvaluationSpec>(await File.ReadAllTextAsync(folder.Spec));
        var stop = new TaskCompletionSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "evaluating" });
        var total = spec.Suites.Count * Items;
        var done = 0;
        foreach (var suite in spec.Suites.Select(s => s.Suite))
        {
            var file = Path.Combine(root, "items", suite + ".jsonl");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var known = File.Exists(file) ? File.ReadLines(file).Count() : 0;
            done += known;
            for (var i = known; i < Items; i++)
            {
                if (spec.Seed == 1001 && done == 3)
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

                if ((spec.Seed == 1002 && done == 5 && known == 0) || spec.Seed == 1003)
                {
                    Process.GetCurrentProcess().Kill();
                }

                if (spec.Seed == 1004)
                {
                    Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Failure, Failure = new JobFailure("bad_data", "The items are wrong.", "Correct the file.") });
                    return 2;
                }

                File.AppendAllText(file, StudioJson.Serialize(Item(suite, i, spec)) + "\n");
                done++;
                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Metrics, Step = done, TotalSteps = total, Message = suite });
            }
        }

        var result = new EvaluationResult
        {
            Measures = [.. spec.Suites.Select(s => Measured(s.Suite, spec))],
            SuiteHashes = spec.Suites.ToDictionary(s => s.Suite, s => s.Suite + "-hash"),
            BaseSha256 = new string('a', 64),
            AdapterSha256 = WeightsFile(spec) is { } weights ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(weights))) : null,
            FinishedAt = Now,
            Seconds = 3,
        };
        await File.WriteAllTextAsync(Path.Combine(root, "result.json"), StudioJson.Serialize(result));
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "succeeded" });
        return 0;
    }

    private static EvaluatedItem Item(string suite, int index, EvaluationSpec spec)
    {
        var metric = EvaluationSuites.Find(suite)!.Metrics[0].Name;
        var compared = WeightsFile(spec) is not null && spec.CompareWithBase;
        var tuned = index is not 0 && index < 9 ? 1 : 0;
        var plain = index < 7 ? 1 : 0;
        return new EvaluatedItem
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"row-{index + 1}"),
            Group = index % 2 == 0 ? "even" : "odd",
            Prompt = string.Create(CultureInfo.InvariantCulture, $"Question {index + 1}?"),
            Answer = string.Create(CultureInfo.InvariantCulture, $"answer {index + 1}"),
            Scores = new Dictionary<string, double> { [metric] = WeightsFile(spec) is null ? plain : tuned },
            BaseAnswer = compared ? string.Create(CultureInfo.InvariantCulture, $"base answer {index + 1}") : null,
            BaseScores = compared ? new Dictionary<string, double> { [metric] = plain } : null,
        };
    }

    private static Measure Measured(string suite, EvaluationSpec spec)
    {
        var metric = EvaluationSuites.Find(suite)!.Metrics[0];
        var measure = new Measure(suite, metric.Name, WeightsFile(spec) is null ? 7 / 12.0 : 8 / 12.0, Items) { Low = 0.3, High = 0.8, HigherIsBetter = metric.HigherIsBetter, Unit = metric.Unit };
        return WeightsFile(spec) is not null && spec.CompareWithBase ? measure with { BaseValue = 7 / 12.0, BaseLow = 0.3, BaseHigh = 0.8, PairedP = 1 } : measure;
    }

    /// <summary>What was tuned: an adapter, or a whole model that began from another; null for a base.</summary>
    private static string? WeightsFile(EvaluationSpec spec) =>
        spec.AdapterPath is { } adapter ? Path.Combine(adapter, "adapter_model.safetensors")
        : spec.ReferenceModel is not null ? Path.Combine(spec.BaseModel.Path, "model.safetensors")
        : null;

    private static void Write(JobFolder folder, JobEvent happened) => File.AppendAllText(folder.Events, StudioJson.Serialize(happened) + "\n");
}
