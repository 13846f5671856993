using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Loop;
using Studio.Training.Lora;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

/// <summary>Preference runs of TRL, replayed step by step by our loop.</summary>
public sealed class PreferenceTrajectoriesGoldenTests
{
    private static readonly string[] Methods = ["dpo", "orpo", "cpo", "kto", "reward"];

    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases(Path.Combine("trajectories", "runs"), "run.json")
        .Where(n => Methods.Contains((string)GoldenJson.Read("trajectories", "runs", n, "run.json")["method"]!)));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_step_is_the_reference_step(string name)
    {
        Skip.If(name == "", "trajectories is absent");
        var run = GoldenJson.Read("trajectories", "runs", name, "run.json");
        string Under(string file) => GoldenFolder.Under("trajectories", "runs", name, file);
        var full = (bool)run["full_finetuning"]!;
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-pairs-").FullName);
        try
        {
            using var scope = NewDisposeScope();
            var judge = (string)run["method"]! == "reward";
            using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", judge ? "base_reward" : "base"));
            using var adapter = full ? null : AdapterFolder.Load(model.Model, GoldenFolder.Under("trajectories", judge ? "adapter_init_reward" : "adapter_init"));
            var context = new MethodContext(Spec(run, full), folder, model, adapter, CPU);
            using var method = TrainingMethodList.Create(context);
            Give(method, [.. File.ReadLines(Under("tokenized.jsonl")).Select(l => JsonNode.Parse(l)!)]);
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
                var got = steps[(int)expected!["step"]!];
                Assert.Equal((double)expected["loss"]!, got["loss"], 2e-5);
                Assert.Equal((double)expected["learning_rate"]!, got["learning_rate"], 1e-12);
                Assert.True(Math.Abs((double)expected["grad_norm"]! - got["grad_norm"]) <= 1e-4 * (double)expected["grad_norm"]! + 1e-6, string.Create(CultureInfo.InvariantCulture, $"step {expected["step"]}: norm {got["grad_norm"]}, expected {expected["grad_norm"]}"));

                // Those of ORPO and CPO are means over the padding too, which is not there.
                foreach (var metric in new[] { "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies", "logps/chosen", "logps/rejected", "nll_loss", "log_odds_ratio", "logits/chosen", "logits/rejected", "entropy", "kl", "min_reward", "mean_reward", "max_reward", "accuracy", "margin" }.Where(m => (string)run["method"]! != "orpo" && !name.StartsWith("simpo", StringComparison.Ordinal) || !m.StartsWith("logits", StringComparison.Ordinal)))
                {
                    if (got.TryGetValue(metric, out var value) && expected[metric] is { } known)
                    {
                        Assert.Equal((double)known, value, 1e-4 * Math.Max(1, Math.Abs((double)known)));
                    }
                }
            }

            TrajectoryFiles.CheckParameters(name, "final", loop.Tensors, 1e-4);
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static void Give(TrainingMethod method, IReadOnlyList<JsonNode> rows)
    {
        switch (method)
        {
            case RatedAnswers rated:
                rated.Use([.. rows.Select(r => new RatedTokens(r["prompt_ids"].Ints(), r["completion_ids"].Ints(), (bool)r["label"]!))], new PreparedData());
                break;
            case RewardMethod reward:
                // Prompt and answer are one sequence here.
                reward.Use([.. rows.Select(r => new PairTokens([], r["chosen_ids"].Ints(), r["rejected_ids"].Ints()) { Margin = (double?)r["margin"] })], new PreparedData());
                break;
            default:
                ((PreferencePairs)method).Use([.. rows.Select(Pair)], new PreparedData());
                break;
        }
    }

    // TRL's trainers without a reference store prompt and answer in one row.
    private static PairTokens Pair(JsonNode row) => row["prompt_ids"] is { } prompt
        ? new PairTokens(prompt.Ints(), row["chosen_ids"].Ints(), row["rejected_ids"].Ints())
        : new PairTokens(row["prompt_input_ids"].Ints(), row["chosen_input_ids"].Ints()[row["prompt_input_ids"].Ints().Length..], row["rejected_input_ids"].Ints()[row["prompt_input_ids"].Ints().Length..]);

    private static JobSpec Spec(JsonNode run, bool full)
    {
        var options = run["options"]!.AsObject();
        var method = (string)run["method"]!;
        JsonObject own = [];
        foreach (var field in OptionSchema.Of(TrainingMethods.Find(method)!.OptionsType))
        {
            if (options[field.Name] is { } value)
            {
                own[field.Name] = field.Kind == OptionKind.TextList && value is JsonValue ? new JsonArray(value.DeepClone()) : value.DeepClone();
            }
        }

        return new JobSpec
        {
            JobId = "job_golden",
            Name = "golden",
            BaseModel = new ModelReference("base", "base", ""),
            // The reference of these runs is the adapter they begin with.
            StartAdapterPath = full ? null : GoldenFolder.Under("trajectories", "adapter_init"),
            Recipe = new Recipe
            {
                Method = method,
                Lora = new LoraOptions { Enabled = !full },
                Data = new DataOptions { Packing = false, MaxLength = (int?)options["max_length"] ?? 1024, Shuffle = false },
                Evaluation = new EvaluationOptions { SampleCount = 0 },
                Optimization = new OptimizationOptions
                {
                    MaxSteps = (int)options["max_steps"]!,
                    LearningRate = (double)options["learning_rate"]!,
                    PerDeviceTrainBatchSize = (int)options["per_device_train_batch_size"]!,
                    GradientAccumulationSteps = (int)options["gradient_accumulation_steps"]!,
                    LrSchedulerType = (string)options["lr_scheduler_type"]!,
                    WarmupSteps = (int)options["warmup_steps"]!,
                    WeightDecay = (double)options["weight_decay"]!,
                    AdamBeta1 = (double)options["adam_beta1"]!,
                    AdamBeta2 = (double)options["adam_beta2"]!,
                    AdamEpsilon = (double)options["adam_epsilon"]!,
                    MaxGradNorm = (double)options["max_grad_norm"]!,
                    Seed = 0,
                },
                MethodOptions = own,
            },
        };
    }
}
