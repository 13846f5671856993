using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Loop;
using Studio.Training.Lora;
using Studio.Training.Methods;
using Studio.Training.Rollouts;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

/// <summary>GRPO, RLOO and PPO runs of TRL: their sampled answers are replayed step by step; advantages, log-probabilities, values and losses are ours.</summary>
public sealed class ReinforcementTrajectoriesGoldenTests
{
    private const int Pad = 0, End = 2;

    public static IEnumerable<object[]> Groups => Of("grpo", "rloo");

    public static IEnumerable<object[]> Updates => Of("ppo");

    [SkippableTheory]
    [MemberData(nameof(Groups))]
    public void Every_step_of_a_group_method_is_the_reference_step(string name)
    {
        Skip.If(name == "", "trajectories is absent");
        var run = GoldenJson.Read("trajectories", "runs", name, "run.json");
        using var batches = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "runs", name, "batches.safetensors"));
        Replay(name, Spec(run), method =>
        {
            var group = (GroupMethod)method;
            var parts = (int?)run["options"]!["steps_per_generation"] ?? 1;
            var passes = (int?)run["options"]!["num_iterations"] ?? 1;
            List<PromptTokens> prompts = [];
            List<IReadOnlyList<Rollout>> sets = [];
            for (var micro = 0; batches.Entries.ContainsKey(Key(micro, "completion_ids")); micro += parts * passes)
            {
                List<Rollout> rows = [];
                foreach (var part in Enumerable.Range(micro, parts))
                {
                    foreach (var (prompt, answer) in Rows(batches, part))
                    {
                        prompts.Add(new PromptTokens(prompt, new PromptExample { Prompt = [] }));
                        var reward = Rule(answer);
                        rows.Add(new Rollout { Prompt = prompts.Count - 1, Ids = answer, Stopped = answer[^1] == End, Rewards = [reward], Score = reward });
                    }
                }

                sets.Add(rows);
            }

            group.Use(prompts, new PreparedData());
            group.Replay = (_, number) => sets[number];
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Updates))]
    public void Every_update_of_ppo_is_the_reference_update(string name)
    {
        Skip.If(name == "", "trajectories is absent");
        var run = GoldenJson.Read("trajectories", "runs", name, "run.json");
        var options = run["options"]!;
        var updates = run["updates"]!.AsArray();
        using var rollouts = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "runs", name, "rollouts.safetensors"));
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        using var body = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        using var adapter = AdapterFolder.Load(model.Model, GoldenFolder.Under("trajectories", "adapter_init"));
        using var reward = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "base_reward", "model.safetensors"));
        using var judge = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        var score = reward.Read("score.weight");
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-ppo-").FullName);
        try
        {
            // The reference of these runs is the base with the adapter off.
            var spec = Spec(run) with { StartAdapterPath = null };
            var context = new MethodContext(spec, folder, model, adapter, CPU);
            using var critic = new Critic(body.Model, null, null, score);
            using var method = new PpoMethod(context, (PpoOptions)TrainingMethods.Find("ppo")!.Read(spec.Recipe.MethodOptions), critic);
            List<PromptTokens> prompts = [];
            List<IReadOnlyList<Rollout>> sets = [];
            for (var update = 0; update < updates.Count; update++)
            {
                string Under(string part) => string.Create(CultureInfo.InvariantCulture, $"update{update:00}.{part}");
                var ids = rollouts.Read(Under("query_responses"));
                var start = (int)rollouts.Read(Under("context_length")).to_type(ScalarType.Int64).item<long>();
                var (rows, width) = ((int)ids.shape[0], (int)ids.shape[1]);
                var flat = ids.to_type(ScalarType.Int64).data<long>().ToArray().Select(i => (int)i).ToArray();
                sets.Add([.. Enumerable.Range(0, rows).Select(r =>
                {
                    var row = flat[(r * width)..((r + 1) * width)];
                    var answer = row[start..];
                    var end = Array.IndexOf(answer, End);
                    var pad = Array.IndexOf(answer, Pad);
                    answer = answer[..Math.Min(end >= 0 ? end + 1 : answer.Length, pad >= 0 ? pad : answer.Length)];
                    int[] prompt = [.. row[..start].SkipWhile(i => i == Pad)];
                    prompts.Add(new PromptTokens(prompt, new PromptExample { Prompt = [] }));
                    using var quiet = no_grad();
                    var hidden = judge.Model.Hidden(new ForwardInput(tensor(prompt.Concat(answer).Select(i => (long)i).ToArray()).unsqueeze(0)));
                    return new Rollout { Prompt = prompts.Count - 1, Ids = answer, Stopped = end >= 0, Score = hidden[0, -1].matmul(score[0]).item<float>() };
                })]);
            }

            method.Use(prompts, new PreparedData());
            method.Replay = (_, number) => sets[number];
            var passes = (int)options["num_ppo_epochs"]!;
            var orders = run["permutations"]!.AsArray();
            method.Permutation = (number, pass) => orders[(number * passes) + pass].Ints();
            using var events = new EventWriter(folder.Events, TimeProvider.System);
            using var stop = StopRequest.OfFolder(folder);
            using var loop = new TrainingLoop(context, method, events, stop);
            var perUpdate = loop.TotalSteps / updates.Count;
            List<string> faults = [];

            loop.Rate = step => (double)options["learning_rate"]! * (updates.Count - (step / perUpdate)) / updates.Count;

            // The value model begins as the reward model, so its value at the end of a text is the score and has no error, unless rewards are whitened: the gradient of the end token's embedding is zero in the
            // reference and rounding (some 1e-9) here. Adam divides by that size and would make up to a whole step of it, in every answer that ends, which is 2e-4 of the second loss and some percent of the last one.
            loop.OnGradients = (step, tensors) =>
            {
                if (step > 1 || (bool)options["whiten_rewards"]!)
                {
                    return;
                }

                var embedding = tensors.Single(t => t.Name == "critic.model.embed_tokens.weight").Parameter.grad!;
                using var quiet = no_grad();
                Assert.True(embedding.abs().max().item<float>() > 1e-2);
                Assert.True(embedding[End].abs().max().item<float>() < 1e-7, "The critic's error at the end of a text is no rounding.");
                embedding[End].zero_();
            };
            Dictionary<int, IReadOnlyDictionary<string, double>> steps = [];
            loop.OnStep = (step, metrics) =>
            {
                steps[step] = metrics;
                var (update, within) = Math.DivRem(step - 1, perUpdate);
                if (within == 0)
                {
                    using var here = NewDisposeScope();
                    var shaped = method.Shaped!;
                    var raw = (shaped.Returns - shaped.Values).masked_fill(shaped.PaddingMask, 0);
                    var known = rollouts.Read(string.Create(CultureInfo.InvariantCulture, $"update{update:00}.advantages_before_whitening")).masked_fill(shaped.PaddingMask, 0);
                    var apart = (raw - known).abs().max().item<float>();
                    if (apart > 1e-4)
                    {
                        faults.Add(string.Create(CultureInfo.InvariantCulture, $"update {update}: advantages differ by {apart}"));
                    }
                }
            };
            Assert.Equal(LoopEnd.Done, loop.Run());
            var micro = run["micro_losses"]!.AsArray().Select(l => (double)l!).ToArray();
            var share = micro.Length / loop.TotalSteps;
            for (var step = 0; step < loop.TotalSteps; step++)
            {
                var known = micro.Skip(step * share).Take(share).Average();
                if (Math.Abs(known - steps[step + 1]["loss"]) > 2e-5)
                {
                    faults.Add(string.Create(CultureInfo.InvariantCulture, $"step {step + 1}: loss {steps[step + 1]["loss"]}, expected {known}"));
                }
            }

            for (var update = 0; update < updates.Count; update++)
            {
                var expected = updates[update]!;
                var own = Enumerable.Range((update * perUpdate) + 1, perUpdate).Select(s => steps[s]).ToArray();
                void Near(JsonNode source, string name, double value, int at, double tolerance)
                {
                    var known = (double)source[name]!;
                    if (Math.Abs(known - value) > tolerance * Math.Max(1, Math.Abs(known)))
                    {
                        faults.Add(string.Create(CultureInfo.InvariantCulture, $"update {at}: {name} is {value}, expected {known}"));
                    }
                }

                Near(expected, "objective/kl", own[0]["objective/kl"], update, 2e-5);
                Near(expected, "objective/scores", own[0]["objective/scores"], update, 2e-5);
                Near(expected, "objective/non_score_reward", own[0]["objective/non_score_reward"], update, 2e-5);
                Near(expected, "objective/rlhf_reward", own[0]["objective/rlhf_reward"], update, 2e-5);

                // Its two entropies count the padding of its rows, which is not there.
                foreach (var metric in new[] { "loss/policy_avg", "loss/value_avg", "policy/clipfrac_avg", "val/clipfrac_avg", "policy/approxkl_avg", "val/ratio" })
                {
                    Near(expected, metric, own.Average(s => s[metric]), update, 2e-5);
                }
            }

            using var final = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "runs", name, "final.safetensors"));
            var keys = final.Entries.Keys.ToDictionary(k => k.Replace(".default.", ".", StringComparison.Ordinal).Replace("value_model.", "value.", StringComparison.Ordinal), k => k, StringComparer.Ordinal);
            var compared = 0;
            foreach (var tensor in loop.Tensors)
            {
                var known = tensor.Name.StartsWith("critic.", StringComparison.Ordinal) ? "value." + tensor.Name["critic.".Length..] : "policy." + tensor.Name;
                if (!keys.TryGetValue(known, out var key))
                {
                    Assert.DoesNotContain(".lora_", known, StringComparison.Ordinal);
                    continue;
                }

                compared++;
                var difference = (final.Read(key) - tensor.Parameter).abs().max().item<float>();
                if (difference > 1e-4)
                {
                    faults.Add(string.Create(CultureInfo.InvariantCulture, $"{tensor.Name} differs by {difference}"));
                }
            }

            Assert.True(compared >= 28);
            Assert.True(faults.Count == 0, string.Join('\n', faults));
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static void Replay(string name, JobSpec spec, Action<RolloutMethod> fill)
    {
        var run = GoldenJson.Read("trajectories", "runs", name, "run.json");
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-rl-").FullName);
        try
        {
            using var scope = NewDisposeScope();
            using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
            using var adapter = AdapterFolder.Load(model.Model, GoldenFolder.Under("trajectories", "adapter_init"));
            var context = new MethodContext(spec, folder, model, adapter, CPU);
            using var method = (RolloutMethod)TrainingMethodList.Create(context);
            fill(method);
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
                var at = string.Create(CultureInfo.InvariantCulture, $"step {expected["step"]}");
                Assert.Equal((double)expected["loss"]!, got["loss"], 2e-5);
                Assert.Equal((double)expected["learning_rate"]!, got["learning_rate"], 1e-12);
                Assert.True(Math.Abs((double)expected["grad_norm"]! - got["grad_norm"]) <= 1e-4 * (double)expected["grad_norm"]! + 1e-6, $"{at}: norm {got["grad_norm"]}, expected {expected["grad_norm"]}");
                foreach (var metric in new[] { "kl", "entropy", "clip_ratio/low_mean", "clip_ratio/high_mean" })
                {
                    if (got.TryGetValue(metric, out var value) && expected[metric] is { } known)
                    {
                        Assert.True(Math.Abs((double)known - value) <= 1e-4 * Math.Max(1, Math.Abs((double)known)), $"{at}: {metric} is {value}, expected {known}");
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

    /// <summary>Share of the ids below 64, less 0.02 per id.</summary>
    private static double Rule(int[] answer) => (answer.Count(i => i < 64) / (double)answer.Length) - (0.02 * answer.Length);

    private static string Key(int micro, string tensor) => string.Create(CultureInfo.InvariantCulture, $"micro{micro:000}.{tensor}");

    private static IEnumerable<(int[] Prompt, int[] Answer)> Rows(SafeTensorsFile file, int micro)
    {
        int[] Flat(string name) => [.. file.Read(Key(micro, name)).to_type(ScalarType.Int64).data<long>().ToArray().Select(i => (int)i)];
        var shape = file.Entries[Key(micro, "prompt_ids")].Shape;
        var (rows, before) = ((int)shape[0], (int)shape[1]);
        var (prompts, promptMask, answers) = (Flat("prompt_ids"), Flat("prompt_mask"), Flat("completion_ids"));
        var width = answers.Length / rows;
        for (var r = 0; r < rows; r++)
        {
            var answer = answers[(r * width)..((r + 1) * width)];
            var end = Array.IndexOf(answer, End);
            yield return (
                [.. Enumerable.Range(r * before, before).Where(i => promptMask[i] != 0).Select(i => prompts[i])],
                end >= 0 ? answer[..(end + 1)] : [.. answer.Reverse().SkipWhile(i => i == Pad).Reverse()]);
        }
    }

    private static IEnumerable<object[]> Of(params string[] methods) => GoldenFolder.Rows(GoldenFolder.Cases(Path.Combine("trajectories", "runs"), "run.json")
        .Where(n => methods.Contains((string)GoldenJson.Read("trajectories", "runs", n, "run.json")["method"]!)));

    private static JobSpec Spec(JsonNode run)
    {
        var options = run["options"]!.AsObject();
        var method = (string)run["method"]!;
        JsonObject own = [];
        foreach (var field in OptionSchema.Of(TrainingMethods.Find(method)!.OptionsType))
        {
            if (options[field.Name] is { } value)
            {
                own[field.Name] = value.DeepClone();
            }
        }

        if (options["response_length"] is { } length)
        {
            own["max_completion_length"] = length.DeepClone();
        }

        own["rewards"] = new JsonArray("length");
        var updates = run["updates"]?.AsArray().Count;
        return new JobSpec
        {
            JobId = "job_golden",
            Name = "golden",
            BaseModel = new ModelReference("base", "base", ""),
            StartAdapterPath = GoldenFolder.Under("trajectories", "adapter_init"),
            Recipe = new Recipe
            {
                Method = method,
                Data = new DataOptions { Packing = false, Shuffle = false },
                Evaluation = new EvaluationOptions { SampleCount = 0 },
                Optimization = new OptimizationOptions
                {
                    MaxSteps = (int?)options["max_steps"] ?? (updates * (int)options["num_ppo_epochs"]! * (int)options["num_mini_batches"]!),
                    LearningRate = (double)options["learning_rate"]!,
                    PerDeviceTrainBatchSize = (int)options["per_device_train_batch_size"]! / (method == "ppo" ? (int)options["num_mini_batches"]! : 1),
                    GradientAccumulationSteps = (int)options["gradient_accumulation_steps"]!,
                    LrSchedulerType = (string)options["lr_scheduler_type"]!,
                    WarmupSteps = (int?)options["warmup_steps"] ?? 0,
                    WeightDecay = (double)options["weight_decay"]!,
                    AdamBeta1 = (double)options["adam_beta1"]!,
                    AdamBeta2 = (double)options["adam_beta2"]!,
                    AdamEpsilon = (double?)options["adam_epsilon"] ?? 1e-8,
                    MaxGradNorm = (double?)options["max_grad_norm"] ?? 0,
                    Seed = 0,
                },
                MethodOptions = own,
            },
        };
    }
}
