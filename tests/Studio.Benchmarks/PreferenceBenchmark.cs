using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Checkpoints;
using Studio.Training.Loop;
using Studio.Training.Loop.Optimizers;
using Studio.Training.Lora;
using Studio.Training.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Benchmarks;

/// <summary>One way of training on preference pairs: seconds and processor seconds per step.</summary>
internal sealed record PreferenceLap(string Reference, int Steps, double SecondsPerStep, double CpuSecondsPerStep, double LastLoss);

/// <summary>
/// DPO steps whose reference log-probabilities were computed once, against the same steps with a pass of the reference (the base with the adapter off) in each, as loops without a cache do: every chosen and rejected answer behind a prompt of its own, without padding, and no gradient. Steps alternate, so that both see the same machine.
/// </summary>
internal static class PreferenceBenchmark
{
    private const int BatchSize = 4;

    public static int Run(string[] args)
    {
        var steps = Array.IndexOf(args, "--steps") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 8;
        TorchRuntime.Load();
        var type = TorchRuntime.ChooseBaseType("auto", CPU);
        using var model = PretrainedModel.Load(BenchmarkFolder.Model, new LoadOptions { DType = type });
        using var adapter = LoraAdapter.Wrap(model.Model, new LoraConfig { R = 16, Alpha = 32, TargetModules = ModuleMatch.Of("all-linear") }, 1);
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-benchmark-").FullName);
        try
        {
            Directory.CreateDirectory(folder.Data);
            WriteData(Path.Combine(folder.Data, "train.jsonl"));
            var spec = new JobSpec
            {
                JobId = "job_benchmark",
                Name = "benchmark",
                BaseModel = new ModelReference("base", "base", ""),
                Recipe = new Recipe { Method = "dpo", Data = new DataOptions { Packing = false, Shuffle = false }, Optimization = new OptimizationOptions { PerDeviceTrainBatchSize = BatchSize } },
            };
            var context = new MethodContext(spec, folder, model, adapter, CPU);
            using var method = new DpoMethod(context);
            var pairs = method.Prepare(CancellationToken.None).Examples;
            var tensors = TrainedTensors.Of(context, method);
            using var optimizer = OptimizerList.Create(tensors, spec.Recipe.Optimization);
            var watch = Stopwatch.StartNew();
            using var batches = method.Batches(0, 0).GetEnumerator();
            batches.MoveNext();
            var cache = watch.Elapsed.TotalSeconds;
            var rows = new ExampleReader(model, spec.Recipe.Data).ReadPairs(Path.Combine(folder.Data, "train.jsonl"), CancellationToken.None).Kept;
            List<PreferenceLap> laps = [];
            Dictionary<bool, (double Seconds, double Cpu, double Loss)> sums = new() { [true] = default, [false] = default };

            // The first two warm up.
            for (var step = -2; step < 2 * steps; step++)
            {
                var naive = step % 2 != 0;
                var (started, cpu) = (Stopwatch.GetTimestamp(), TrainLap.Cpu());
                var loss = Step(context, method, (AnswerBatch)batches.Current, rows, optimizer, naive);
                if (step >= 0)
                {
                    var (s, c, _) = sums[naive];
                    sums[naive] = (s + Stopwatch.GetElapsedTime(started).TotalSeconds, c + TrainLap.Cpu() - cpu, loss);
                }

                // A pair of steps sees the same pairs of answers.
                if (naive)
                {
                    batches.Current.Dispose();
                    if (!batches.MoveNext())
                    {
                        break;
                    }
                }
            }

            laps.AddRange(sums.Select(s => new PreferenceLap(s.Key ? "a pass per step" : "cached", steps, s.Value.Seconds / steps, s.Value.Cpu / steps, s.Value.Loss)));
            var text = Text(laps, cache, pairs);
            Directory.CreateDirectory(BenchmarkFolder.Results);
            File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "dpo.json"), JsonSerializer.Serialize(new { Pairs = pairs, BatchSize, CacheSeconds = cache, Laps = laps }, StudioJson.Indented) + "\n");
            File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "dpo.md"), text);
            Console.Out.WriteLine(text);
            return 0;
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static double Step(MethodContext context, DpoMethod method, AnswerBatch batch, IReadOnlyList<PairTokens> rows, Optimizer optimizer, bool naive)
    {
        using var scope = NewDisposeScope();
        if (naive)
        {
            using (no_grad())
            using (context.Adapter!.Disable())
            {
                using var apart = AnswerBatch.Of([.. batch.Members.Select(m => rows[m].Better), .. batch.Members.Select(m => rows[m].Worse)], batch.Members, context.Device, share: false);
                ScoredTokens.Measure(context.Base.Model.Head, apart.Hidden(context.Base.Model), apart.Targets, squares: false);
            }
        }

        var result = method.Loss(batch, new AccumulationWindow([batch]));
        var loss = result.Loss.item<float>();
        result.Loss.backward();
        optimizer.Step(5e-5);
        optimizer.ZeroGradients();
        return loss;
    }

    private static void WriteData(string path)
    {
        var format = Studio.Data.Formats.DatasetFormats.Find("trl_preference")!;
        var columns = new Dictionary<string, string>();
        File.WriteAllLines(path, File.ReadLines(BenchmarkFolder.Dataset("direct-answers.trl-preference.jsonl"))
            .Select((line, i) => format.Normalise(new Studio.Data.Formats.FormatRow(System.Text.Json.Nodes.JsonNode.Parse(line)!.AsObject(), i + 1, columns)))
            .OfType<Example>()
            .Select(e => StudioJson.Serialize(e)));
    }

    private static string Text(List<PreferenceLap> laps, double cache, long pairs)
    {
        var (cached, naive) = (laps.Single(l => l.Reference == "cached"), laps.Single(l => l.Reference != "cached"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            # DPO with a cached reference

            SmolLM2-135M-Instruct, rank 16 on all linear layers, batches of {BatchSize} pairs of samples/datasets/direct-answers, {Environment.ProcessorCount} threads. {cached.Steps} steps each, by turns, on the same pairs.

            | reference | seconds per step | processor seconds per step |
            |---|---|---|
            | computed once (Studio) | {cached.SecondsPerStep:F2} | {cached.CpuSecondsPerStep:F2} |
            | {naive.Reference} | {naive.SecondsPerStep:F2} | {naive.CpuSecondsPerStep:F2} |

            Ratio: {naive.SecondsPerStep / cached.SecondsPerStep:F2} by the clock, {naive.CpuSecondsPerStep / cached.CpuSecondsPerStep:F2} by processor time. Computing the reference of all {pairs} pairs took {cache:F1} seconds, once per job.

            """);
    }
}
