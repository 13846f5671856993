using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Loop;

namespace Studio.Training.Tests.Loop;

/// <summary>Reinforcement jobs that are paused in the middle of a set of answers end as those that ran straight through.</summary>
[Collection(GlobalGenerator.Name)]
public sealed class ReinforcementResumeTests : IDisposable
{
    private const int Steps = 6;
    private readonly string root = Directory.CreateTempSubdirectory("studio-rl-resume-").FullName;

    public static TheoryData<string, string> Methods => new()
    {
        { "grpo", """{"num_generations": 4, "num_iterations": 2, "beta": 0.1, "steps_per_generation": 2}""" },
        { "rloo", """{"num_generations": 2, "num_iterations": 4}""" },
        { "ppo", """{"num_ppo_epochs": 2, "num_mini_batches": 2, "whiten_rewards": true}""" },
    };

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void A_paused_run_that_resumes_ends_with_the_same_bytes(string method, string options)
    {
        var straight = Make("straight", method, options);
        Assert.Equal(LoopEnd.Done, Run(straight, pauseAt: null));
        var paused = Make("paused", method, options);

        // Step 3 is inside a set for every method above.
        Assert.Equal(LoopEnd.Paused, Run(paused, pauseAt: 3));
        File.Delete(paused.Control);
        Assert.Equal(LoopEnd.Done, Run(paused, pauseAt: null));
        foreach (var file in (string[])[Path.Combine("adapter", "adapter_model.safetensors"), Path.Combine("checkpoints", $"step-{Steps}", "optimizer.safetensors")])
        {
            Assert.True(File.ReadAllBytes(Path.Combine(straight.Root, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(paused.Root, file))), file);
        }

        // The critic of PPO belongs to the checkpoints and not to the result.
        Assert.False(File.Exists(Path.Combine(straight.Root, "adapter", "extra.safetensors")));
        Assert.Equal(method == "ppo", File.Exists(Path.Combine(straight.Root, "checkpoints", $"step-{Steps}", "extra.safetensors")));
    }

    [SkippableFact]
    public void Rollouts_and_rewards_are_told_as_they_happen()
    {
        var job = Make("told", "grpo", """{"num_generations": 4, "rewards": ["length*0.5", "repetition"]}""");
        Assert.Equal(LoopEnd.Done, Run(job, pauseAt: null));
        var events = File.ReadLines(job.Events).Select(StudioJson.Deserialize<JobEvent>).ToList();
        var metrics = events.First(e => e.Type == JobEventTypes.Metrics).Metrics!;
        foreach (var name in new[] { "rewards/length/mean", "rewards/length/std", "rewards/repetition/mean", "reward", "reward_std", "entropy", "completions/mean_length", "completions/clipped_ratio", "refusals/all", "time/rollout", "time/reward" })
        {
            Assert.True(metrics.ContainsKey(name), name);
        }

        Assert.Equal((0.5 * metrics["rewards/length/mean"]) + metrics["rewards/repetition/mean"], metrics["reward"], 1e-6);
        var rollouts = events.Where(e => e.Type == JobEventTypes.Rollout).ToList();
        Assert.Equal(Steps * 4, rollouts.Count);
        var first = rollouts[0];
        Assert.Equal(1, first.Step);
        Assert.NotNull(first.Data!["prompt"]);
        Assert.NotNull(first.Data["answer"]);
        Assert.Equal((double)first.Data["reward"]!, (0.5 * (double)first.Data["rewards"]!["length"]!) + (double)first.Data["rewards"]!["repetition"]!, 1e-3);
        Assert.Equal(0, rollouts.Take(4).Sum(r => (double)r.Data!["advantage"]!), 1e-2);
    }

    [SkippableFact]
    public void Batches_that_do_not_fit_the_answers_per_prompt_are_refused_with_the_numbers()
    {
        var job = Make("odd", "grpo", """{"num_generations": 3}""");
        var fault = Assert.Throws<TrainingFailure>(() => Run(job, pauseAt: null));
        Assert.Equal("bad_option", fault.Failure.Code);
        Assert.Contains("4 answers", fault.Message, StringComparison.Ordinal);
        Assert.Contains("3 answers per prompt", fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_reward_without_its_column_is_refused_by_name()
    {
        var job = Make("column", "grpo", """{"rewards": ["refusal_pair"]}""");
        var fault = Assert.Throws<TrainingFailure>(() => Run(job, pauseAt: null));
        Assert.Equal("bad_data", fault.Failure.Code);
        Assert.Contains("wanted", fault.Message, StringComparison.Ordinal);
    }

    private JobFolder Make(string name, string method, string options)
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base"), "trajectories/base is absent");
        var job = new JobFolder(Path.Combine(root, name));
        Directory.CreateDirectory(job.Data);
        var random = new Random(5);
        File.WriteAllLines(Path.Combine(job.Data, "train.jsonl"), Enumerable.Range(0, 9).Select(_ => StudioJson.Serialize<Example>(new PromptExample
        {
            Prompt = [new Message { Role = "user", Content = string.Join(' ', Enumerable.Range(0, random.Next(2, 6)).Select(_ => $"w{random.Next(7, 255)}")) }],
        })));
        var own = JsonNode.Parse(options)!.AsObject();
        own["max_completion_length"] = 10;
        own.TryAdd("rewards", new JsonArray("length", "repetition"));
        own["reward_length"] = 5;
        job.WriteSpec(new JobSpec
        {
            JobId = "job_" + name,
            Name = name,
            BaseModel = new ModelReference("tiny", "tiny", GoldenFolder.Under("trajectories", "base")),
            Recipe = new Recipe
            {
                Method = method,
                Model = new ModelOptions { Device = "cpu", BaseType = "fp32" },

                // Dropout draws from torch's one generator, which tests beside this one use too.
                Lora = new LoraOptions { R = 4 },
                Data = new DataOptions { MaxLength = 48 },
                Evaluation = new EvaluationOptions { SampleCount = 0 },
                Checkpoints = new CheckpointOptions { SaveSteps = 1 },
                Optimization = new OptimizationOptions { MaxSteps = Steps, PerDeviceTrainBatchSize = 4, LearningRate = 5e-3 },
                MethodOptions = own,
            },
        });
        return job;
    }

    private static LoopEnd Run(JobFolder job, int? pauseAt)
    {
        using var stop = StopRequest.OfFolder(job);
        using var events = new EventWriter(job.Events, TimeProvider.System, entry =>
        {
            if (entry.Checkpoint?.Step == pauseAt && pauseAt is not null)
            {
                File.WriteAllText(job.Control, "pause");
            }
        });
        using var run = new TrainingRun(job, events, TimeProvider.System);
        return run.Run(stop);
    }
}
