using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Loop;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

/// <summary>Whole training runs of the reference trainer, replayed by our loop.</summary>
public sealed class TrajectoriesGoldenTests
{
    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases(Path.Combine("trajectories", "runs"), "run.json").Where(n => n.StartsWith("sft", StringComparison.Ordinal)));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_step_is_the_reference_step(string name)
    {
        Skip.If(name == "", "trajectories is absent");
        var run = GoldenJson.Read("trajectories", "runs", name, "run.json");
        string Under(string file) => GoldenFolder.Under("trajectories", "runs", name, file);
        var options = run["options"]!;
        var full = (bool)run["full_finetuning"]!;
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-run-").FullName);
        try
        {
            using var scope = NewDisposeScope();
            using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
            using var adapter = full ? null : AdapterFolder.Load(model.Model, GoldenFolder.Under("trajectories", "adapter_init"));

            // The unpacked twin scores the same documents in the same steps; ours are packed in both runs.
            var spec = Spec(options, full);
            var context = new MethodContext(spec, folder, model, adapter, CPU);
            using var method = new Sft(context) { LogEntropy = true };
            method.Use(Tokens(Under("tokenized.jsonl"), spec), new PreparedData());
            using var events = new EventWriter(folder.Events, TimeProvider.System);
            using var stop = StopRequest.OfFolder(folder);
            using var loop = new TrainingLoop(context, method, events, stop);
            Dictionary<int, IReadOnlyDictionary<string, double>> steps = [];
            loop.OnStep = (step, metrics) =>
            {
                steps[step] = metrics;
                if (step == 2)
                {
                    TrajectoryFiles.CheckParameters(name, "params_step2", loop.Tensors, 1e-6);
                }
            };
            loop.OnGradients = (step, tensors) =>
            {
                if (step == 1)
                {
                    TrajectoryFiles.CheckGradients(name, tensors);
                }
            };
            Assert.Equal(LoopEnd.Done, loop.Run());
            foreach (var expected in run["steps"]!.AsArray())
            {
                var (step, got) = ((int)expected!["step"]!, steps[(int)expected["step"]!]);
                Assert.Equal((double)expected["loss"]!, got["loss"], 1e-5);
                Assert.Equal((double)expected["learning_rate"]!, got["learning_rate"], 1e-12);
                Assert.True(Math.Abs((double)expected["grad_norm"]! - got["grad_norm"]) <= 1e-4 * (double)expected["grad_norm"]!, $"step {step}: norm {got["grad_norm"]}, expected {expected["grad_norm"]}");
                Assert.Equal((double)expected["entropy"]!, got["entropy"], 1e-4);
                Assert.Equal((double)expected["mean_token_accuracy"]!, got["mean_token_accuracy"], 1e-5);
                Assert.Equal((double)expected["num_tokens"]!, got["tokens"]);
            }

            TrajectoryFiles.CheckParameters(name, "final", loop.Tensors, 1e-4);
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static JobSpec Spec(JsonNode options, bool full)
    {
        int? Int(string key) => (int?)options[key];
        return new JobSpec
        {
            JobId = "job_golden",
            Name = "golden",
            BaseModel = new ModelReference("base", "base", ""),
            Recipe = new Recipe
            {
                Lora = new LoraOptions { Enabled = !full },
                Data = new DataOptions { Packing = options["packing"] is not null, PackingStrategy = (string?)options["packing_strategy"] ?? "bfd", MaxLength = Int("max_length") ?? 1024, Shuffle = false },
                Evaluation = new EvaluationOptions { SampleCount = 0 },
                Optimization = new OptimizationOptions
                {
                    MaxSteps = Int("max_steps"),
                    LearningRate = (double)options["learning_rate"]!,
                    PerDeviceTrainBatchSize = Int("per_device_train_batch_size")!.Value,
                    GradientAccumulationSteps = Int("gradient_accumulation_steps")!.Value,
                    LrSchedulerType = (string)options["lr_scheduler_type"]!,
                    WarmupSteps = Int("warmup_steps"),
                    WeightDecay = (double)options["weight_decay"]!,
                    AdamBeta1 = (double)options["adam_beta1"]!,
                    AdamBeta2 = (double)options["adam_beta2"]!,
                    AdamEpsilon = (double)options["adam_epsilon"]!,
                    MaxGradNorm = (double)options["max_grad_norm"]!,
                    Seed = 0,
                },
                MethodOptions = new JsonObject
                {
                    ["loss_type"] = (string?)options["loss_type"] ?? "nll",
                    ["label_smoothing_factor"] = (double?)options["label_smoothing_factor"] ?? 0,
                },
            },
        };
    }

    // Packed runs store finished rows; packing starts from the raw documents, every token of which is learned in these runs.
    private static List<LabelledTokens> Tokens(string tokenized, JobSpec spec)
    {
        var path = spec.Recipe.Data.Packing ? Path.Combine(Path.GetDirectoryName(tokenized)!, "data.jsonl") : tokenized;
        return [.. File.ReadLines(path).Select(l => JsonNode.Parse(l)!).Select(row => new LabelledTokens(row["input_ids"].Ints(), (row["labels"] ?? row["input_ids"]).Ints()))];
    }
}
