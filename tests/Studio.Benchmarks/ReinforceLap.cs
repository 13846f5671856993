using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Loop;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Benchmarks;

/// <summary>One measurement of reinforcement in one process; numbers by name on the last line of the output.</summary>
internal static class ReinforceLap
{
    public const int Prompts = 16, Answers = 4, AnswerTokens = 64;

    /// <param name="args">Name of the lap, and the folder in which the lap <c>reward</c> leaves its adapter for the lap <c>ppo</c>.</param>
    public static int Run(string[] args)
    {
        TorchRuntime.Load();
        var judge = args[1];
        var numbers = args[0] switch
        {
            "rollouts" => Rollouts(),
            "grpo" => Job("grpo", 3, new JsonObject { ["num_generations"] = Answers, ["max_completion_length"] = AnswerTokens, ["rewards"] = new JsonArray("refusal_pair", "repetition*0.2") }),
            "ppo" => Job("ppo", 4, new JsonObject { ["max_completion_length"] = AnswerTokens, ["num_ppo_epochs"] = 2, ["rewards"] = new JsonArray("reward_model"), ["reward_model"] = judge }),
            "reward" => Job("reward", 2, [], judge),
            _ => Job("sft", 3, []),
        };
        Console.Out.WriteLine(StudioJson.Serialize(numbers));
        return 0;
    }

    /// <summary>The same answers batched with shared prompts, and one request after the other.</summary>
    private static Dictionary<string, double> Rollouts()
    {
        using var model = PretrainedModel.Load(BenchmarkFolder.Model, new LoadOptions { DType = TorchRuntime.ChooseBaseType("auto", CPU) });
        var tokenizer = new ExampleTokenizer(ModelText.Of(model));
        var prompts = Rows().Take(Prompts).Select(r => tokenizer.Prompt(r.Prompt, null)).ToList();
        var requests = prompts.SelectMany((ids, p) => Enumerable.Range(0, Answers).Select(a => new GenerationRequest
        {
            PromptIds = ids,
            Seed = (ulong)((p * Answers) + a),
            MaxNewTokens = AnswerTokens,
            EosTokenIds = [],
            TopLogProbabilities = 0,
        })).ToList();
        var length = prompts.Max(p => p.Length) + AnswerTokens;
        double Measure(int batch, IReadOnlyList<GenerationRequest> asked, bool together)
        {
            using var engine = new Engine(model, "base", new EngineOptions { MaxBatch = batch, PrefixSlots = 0, MaxWaiting = asked.Count, ContextLength = length });
            engine.CompleteAsync(asked[0] with { MaxNewTokens = 4 }, CancellationToken.None).GetAwaiter().GetResult();
            var clock = Stopwatch.GetTimestamp();
            if (together)
            {
                engine.CompleteAllAsync(asked, CancellationToken.None).GetAwaiter().GetResult();
            }
            else
            {
                foreach (var request in asked)
                {
                    engine.CompleteAsync(request, CancellationToken.None).GetAwaiter().GetResult();
                }
            }

            return asked.Count * AnswerTokens / Stopwatch.GetElapsedTime(clock).TotalSeconds;
        }

        // A few of them are enough to know the speed of single ones.
        var single = Measure(1, [.. requests.Where((_, i) => i % Answers == 0).Take(6)], together: false);
        return new Dictionary<string, double> { ["single_tokens_per_second"] = single, ["batched_tokens_per_second"] = Measure(Prompts * Answers, requests, together: true) };
    }

    /// <summary>A whole job on the bundled model; seconds per step and the peak of memory.</summary>
    /// <param name="keep">Folder that gets the adapter; null drops it.</param>
    private static Dictionary<string, double> Job(string method, int steps, JsonObject options, string? keep = null)
    {
        var job = new JobFolder(Directory.CreateTempSubdirectory("studio-bench-").FullName);
        try
        {
            Directory.CreateDirectory(job.Data);
            var rows = Rows().Take(64).ToList();

            // Supervised rows are as long as a prompt with its answer.
            var filler = string.Join(' ', Enumerable.Repeat("word", AnswerTokens - 2));
            File.WriteAllLines(Path.Combine(job.Data, "train.jsonl"), rows.Select(r => StudioJson.Serialize<Example>(method switch
            {
                "sft" => new ChatExample { Messages = [.. r.Prompt, Says(filler)] },
                "reward" => new PreferenceExample { Prompt = r.Prompt, Chosen = [Says("Yes.")], Rejected = [Says("No.")] },
                _ => r,
            })));
            job.WriteSpec(new JobSpec
            {
                JobId = "job_benchmark",
                Name = "benchmark",
                BaseModel = new ModelReference("base", "base", BenchmarkFolder.Model),
                Recipe = new Recipe
                {
                    Method = method,
                    Data = new DataOptions { Packing = false, MaxLength = 256 },
                    Evaluation = new EvaluationOptions { SampleCount = 0 },
                    Optimization = new OptimizationOptions { MaxSteps = steps, PerDeviceTrainBatchSize = method == "grpo" ? 16 : 4, GradientAccumulationSteps = method == "grpo" ? 4 : 2, LearningRate = 1e-5 },
                    MethodOptions = options,
                },
            });
            List<(DateTimeOffset Time, IReadOnlyDictionary<string, double> Metrics)> seen = [];
            using (var events = new EventWriter(job.Events, TimeProvider.System, e =>
            {
                if (e is { Type: JobEventTypes.Metrics, Metrics: { } metrics })
                {
                    seen.Add((e.Time, metrics));
                }
            }))
            using (var run = new TrainingRun(job, events, TimeProvider.System))
            {
                using var stop = StopRequest.OfFolder(job);
                run.Run(stop);
            }

            if (keep is not null)
            {
                foreach (var file in Directory.EnumerateFiles(job.Adapter))
                {
                    File.Copy(file, Path.Combine(keep, Path.GetFileName(file)));
                }
            }

            Dictionary<string, double> numbers = new() { ["peak_bytes"] = ProcessMemory.Peak, ["tokens"] = seen[^1].Metrics["tokens"] };
            if (method is "grpo" or "ppo")
            {
                // The first step warms up.
                var laps = seen.Zip(seen.Skip(1), (a, b) => ((b.Time - a.Time).TotalSeconds, b.Metrics)).Where(l => l.Metrics.ContainsKey("time/rollout")).ToList();
                numbers["step_seconds"] = laps.Average(l => l.TotalSeconds);
                numbers["rollout_seconds"] = laps.Average(l => l.Metrics["time/rollout"]);
                numbers["reward_seconds"] = laps.Average(l => l.Metrics["time/reward"]);
                numbers["update_seconds"] = numbers["step_seconds"] - numbers["rollout_seconds"] - numbers["reward_seconds"];
                numbers["mean_length"] = laps.Average(l => l.Metrics["completions/mean_length"]);
            }

            return numbers;
        }
        finally
        {
            Directory.Delete(job.Root, recursive: true);
        }
    }

    private static Message Says(string content) => new() { Role = "assistant", Content = content };

    private static IEnumerable<PromptExample> Rows()
    {
        foreach (var line in File.ReadLines(Path.Combine(BenchmarkFolder.Root, "samples", "refusal", "pairs.jsonl")).Where((_, i) => i % 29 == 0))
        {
            var row = JsonNode.Parse(line)!;
            foreach (var (field, wanted) in new[] { ("harmful", "refuse"), ("harmless", "answer") })
            {
                yield return new PromptExample
                {
                    Prompt = [new Message { Role = "user", Content = (string)row[field]! }],
                    Extra = new JsonObject { ["wanted"] = wanted, ["pair_id"] = string.Create(CultureInfo.InvariantCulture, $"{row["id"]}") },
                };
            }
        }
    }
}
