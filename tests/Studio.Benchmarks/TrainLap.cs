using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Loop;
using Studio.Training.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Benchmarks;

/// <summary>One variant in one process.</summary>
internal static class TrainLap
{
    public const int BatchSize = 8, Rank = 16;
    public const double Alpha = 32, LearningRate = 2e-4;

    public static int Run(string[] args)
    {
        var variant = args[Array.IndexOf(args, "--variant") + 1];
        var steps = int.Parse(args[Array.IndexOf(args, "--steps") + 1], CultureInfo.InvariantCulture);
        TorchRuntime.Load();
        var type = variant == "plain" || args.Contains("--fp32") ? ScalarType.Float32 : TorchRuntime.ChooseBaseType("auto", CPU);
        using var model = PretrainedModel.Load(BenchmarkFolder.Model, new LoadOptions { DType = type });
        var wide = args.Contains("--wide");
        var examples = wide ? Full(4, 512) : Instructions(model);
        var result = variant == "plain" ? PlainLoop.Run(model, examples, wide ? 4 : BatchSize, steps) : Studio(model, examples, wide ? 4 : BatchSize, steps, type);
        Console.Out.WriteLine(StudioJson.Serialize(result with { PeakBytes = ProcessMemory.Peak }));
        return 0;
    }

    /// <summary>Processor time of this process, which other work on the machine does not lengthen.</summary>
    internal static double Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The sample datasets, rendered by the model's chat template, in one mixed order.</summary>
    private static List<LabelledTokens> Instructions(PretrainedModel model)
    {
        var reader = new ExampleReader(model, new DataOptions { MaxLength = 512 });
        List<LabelledTokens> all = [];
        foreach (var file in (string[])["company-facts.en.jsonl", "word-problems.chat.jsonl"])
        {
            foreach (var line in File.ReadLines(BenchmarkFolder.Dataset(file)).Where(l => l.Length > 0))
            {
                var messages = JsonNode.Parse(line)!["messages"]!.AsArray().Select(m => new Message { Role = (string)m!["role"]!, Content = (string?)m["content"] }).ToList();
                all.Add(reader.Tokenize(new ChatExample { Messages = messages }));
            }
        }

        foreach (var entry in JsonNode.Parse(File.ReadAllText(BenchmarkFolder.Dataset("document-questions.alpaca.json")))!.AsArray())
        {
            var question = $"{entry!["instruction"]}\n{entry["input"]}".Trim();
            all.Add(reader.Tokenize(new ChatExample { Messages = [new Message { Role = "user", Content = question }, new Message { Role = "assistant", Content = (string?)entry["output"] }] }));
        }

        return [.. SeededOrder.Permutation(all.Count, 1, 0).Select(i => all[i]).Where(e => e.Ids.Length <= 512)];
    }

    private static List<LabelledTokens> Full(int rows, int width)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, rows * 4).Select(_ =>
        {
            int[] ids = [.. Enumerable.Range(0, width).Select(_ => random.Next(20, 40000))];
            return new LabelledTokens(ids, ids);
        })];
    }

    private static LapResult Studio(PretrainedModel model, List<LabelledTokens> examples, int batch, int steps, ScalarType type)
    {
        using var adapter = LoraAdapter.Wrap(model.Model, new LoraConfig { R = Rank, Alpha = Alpha, TargetModules = ModuleMatch.Of("all-linear") }, 1);
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-benchmark-").FullName);
        try
        {
            var spec = new JobSpec
            {
                JobId = "job_benchmark",
                Name = "benchmark",
                BaseModel = new ModelReference("base", "base", ""),
                Recipe = new Recipe
                {
                    Data = new DataOptions { Packing = false, Shuffle = false, MaxLength = 512 },
                    Evaluation = new EvaluationOptions { SampleCount = 0, EvalSteps = 1_000_000 },
                    Checkpoints = new CheckpointOptions { SaveSteps = 1_000_000 },
                    Optimization = new OptimizationOptions { MaxSteps = steps + 1, PerDeviceTrainBatchSize = batch, LearningRate = LearningRate, LrSchedulerType = "constant" },
                },
            };
            var context = new MethodContext(spec, folder, model, adapter, CPU);
            using var method = new Sft(context);
            method.Use(examples, new PreparedData());
            using var events = new EventWriter(folder.Events, TimeProvider.System);
            using var stop = StopRequest.OfFolder(folder);
            using var loop = new TrainingLoop(context, method, events, stop);
            var clock = new Stopwatch();
            double firstLoss = 0, lastLoss = 0, seconds = 0, cpu = 0, cpuBefore = 0;
            long tokensBefore = 0, tokens = 0, trained = 0, trainedBefore = 0;
            loop.OnStep = (step, metrics) =>
            {
                // The first step warms up; the last one is followed by the final checkpoint, which is not measured.
                (seconds, cpu) = (clock.Elapsed.TotalSeconds, Cpu());
                (tokens, trained, lastLoss) = ((long)metrics["tokens"], (long)metrics["trained_tokens"], metrics["loss"]);
                if (step == 1)
                {
                    clock.Start();
                    (tokensBefore, trainedBefore, firstLoss, cpuBefore) = (tokens, trained, lastLoss, cpu);
                }
            };
            loop.Run();
            return new LapResult("studio", type == ScalarType.BFloat16 ? "bf16" : "fp32", steps, tokens - tokensBefore, tokens - tokensBefore, trained - trainedBefore, seconds, cpu - cpuBefore, firstLoss, lastLoss, 0);
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }
}
