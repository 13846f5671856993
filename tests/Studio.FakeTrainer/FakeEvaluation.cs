using System.Globalization;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.FakeTrainer;

/// <summary>Answers twelve items per suite without a model: the tuned model is right where the base is on all but one, and on two more. The seed says what goes wrong: <see cref="FakeItems"/>.</summary>
internal static class FakeEvaluation
{
    public const int Items = 12;

    public static async Task<int> RunAsync(string root)
    {
        var folder = new JobFolder(root);
        var spec = folder.ReadSpec<EvaluationSpec>();
        using var process = new FakeProcess(folder);
        var items = new FakeItems(process, spec.Seed, "The items are wrong.");
        process.State("evaluating");
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
                if (await items.BeforeAsync(done, known == 0) is { } code)
                {
                    return code;
                }

                File.AppendAllText(file, StudioJson.Serialize(Item(suite, i, spec)) + "\n");
                items.Done(++done, total, suite);
            }
        }

        folder.WriteResult(new EvaluationResult
        {
            Measures = [.. spec.Suites.Select(s => Measured(s.Suite, spec))],
            SuiteHashes = spec.Suites.ToDictionary(s => s.Suite, s => s.Suite + "-hash"),
            BaseSha256 = new string('a', 64),
            AdapterSha256 = WeightsFile(spec) is { } weights ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(weights))) : null,
            FinishedAt = FakeProcess.Now,
            Seconds = 3,
        });
        process.State("succeeded");
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
}
