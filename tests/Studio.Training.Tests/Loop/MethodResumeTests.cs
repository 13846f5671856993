using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Checkpoints;
using Studio.Training.Loop;
using Studio.Training.Rewards;
using Studio.Training.Tests.Generation;

namespace Studio.Training.Tests.Loop;

/// <summary>Every method, paused in the middle and started again, ends with the bytes of the run that went straight through.</summary>
[Collection(GlobalGenerator.Name)]
public sealed class MethodResumeTests : IDisposable
{
    private const int Steps = 12;
    private readonly string root = Directory.CreateTempSubdirectory("studio-methods-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    public static TheoryData<string, string> Methods => new()
    {
        { "dpo", """{"loss_type":["sigmoid","bco_pair","sft"],"loss_weights":[0.8,0.2,1],"use_weighting":true}""" },
        { "orpo", "{}" },
        { "cpo", "{}" },
        { "kto", "{}" },
        { "kto", """{"loss_type":"apo_zero_unpaired"}""" },
        { "bco", "{}" },
        { "reward", "{}" },
        { "prm", "{}" },
        { "pretrain", "{}" },
        { "gkd", """{"teacher":"ADAPTER","lmbda":0.5,"max_new_tokens":6}""" },
        { "gkd", """{"teacher":"BASE","lmbda":0,"seq_kd":true,"max_new_tokens":6}""" },
    };

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void A_paused_run_ends_as_the_straight_one(string method, string options)
    {
        TinyModel.SkipIfAbsent();
        var straight = Make(method, options, "straight", adapter: true);
        var events = Train(straight, null);
        Assert.All(events.Where(e => e.Type == JobEventTypes.Metrics), e => Assert.True(double.IsFinite(e.Metrics!["loss"])));
        Assert.Contains(events, e => e.Type == JobEventTypes.Evaluation && e.Metrics!.ContainsKey("eval_loss"));

        var paused = Make(method, options, "paused", adapter: true);
        Train(paused, 5);
        Assert.False(ResultFolder.IsWhole(paused));
        File.Delete(paused.Control);
        Train(paused, null);
        foreach (var file in (string[])[Path.Combine("adapter", "adapter_model.safetensors"), Path.Combine("checkpoints", $"step-{Steps}", "optimizer.safetensors")])
        {
            Assert.True(File.ReadAllBytes(Path.Combine(straight.Root, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(paused.Root, file))), file);
        }
    }

    [SkippableTheory]
    [InlineData("dpo")]
    [InlineData("kto")]
    [InlineData("reward")]
    [InlineData("pretrain")]
    public void All_weights_of_the_base_can_be_trained_by_it(string method)
    {
        TinyModel.SkipIfAbsent();
        var job = Make(method, "{}", "full", adapter: false);
        Train(job, null);
        Assert.True(File.Exists(Path.Combine(job.Adapter, "model.safetensors")));
        using var model = PretrainedModel.Load(job.Adapter);
        Assert.Equal(method == "reward" ? "reward" : "full", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(job.Adapter, ResultFolder.ProvenanceFile)))!["kind"]);
        if (method == "reward")
        {
            Assert.Contains("SequenceClassification", File.ReadAllText(Path.Combine(job.Adapter, "config.json")), StringComparison.Ordinal);
            using var scorer = RewardScorer.Load(model, job.Adapter);
            Assert.All(scorer.Score([([7, 8], [9, 2]), ([7, 8, 9], [10, 11, 2])]), s => Assert.True(float.IsFinite(s)));
        }
    }

    [SkippableFact]
    public void A_trained_reward_adapter_scores_answers_and_leaves_the_base_as_it_was()
    {
        TinyModel.SkipIfAbsent();
        var job = Make("reward", "{}", "scorer", adapter: true);
        Train(job, null);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(job.Adapter, "adapter_config.json")))!;
        Assert.Equal(("SEQ_CLS", "score"), ((string?)config["task_type"], (string?)config["modules_to_save"]![0]));

        using var model = TinyModel.Load();
        using var other = Studio.Training.Lora.AdapterFolder.Load(model.Model, TinyModel.AdapterFolder);
        var projection = model.Model.Projections()[0].Projection;
        var before = projection.Adapter;
        using var scorer = RewardScorer.Load(model, job.Adapter);
        (int[], int[])[] answers = [.. Enumerable.Range(0, 40).Select(i => ((int[])[7 + i, 8, 9], (int[])[.. Enumerable.Range(20, 1 + (i % 7)), 2]))];
        var together = scorer.Score(answers);
        Assert.Same(before, projection.Adapter);
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(scorer.Score([answers[i]])[0], together[i], 1e-4f);
        }

        Assert.True(together.Distinct().Count() > 10);
    }

    private static IReadOnlyList<JobEvent> Train(JobFolder job, int? pauseAt)
    {
        List<JobEvent> seen = [];
        using var events = new EventWriter(job.Events, TimeProvider.System, e =>
        {
            seen.Add(e);
            // Metrics of fast steps replace each other, so the wish comes with the first event from that step on.
            if (pauseAt is { } at && e.Step >= at && !File.Exists(job.Control))
            {
                File.WriteAllText(job.Control, "pause");
            }
        });
        using var run = new TrainingRun(job, events, TimeProvider.System);
        using var stop = StopRequest.OfFolder(job);
        Assert.Equal(pauseAt is null ? LoopEnd.Done : LoopEnd.Paused, run.Run(stop));
        return seen;
    }

    private JobFolder Make(string method, string options, string name, bool adapter)
    {
        var job = new JobFolder(Path.Combine(root, name));
        Directory.CreateDirectory(job.Data);
        var random = new Random(5);
        string Words(int least, int most) => string.Join(' ', Enumerable.Range(0, random.Next(least, most)).Select(_ => $"w{random.Next(7, 255)}"));
        Message[] Says(string role) => [new Message { Role = role, Content = Words(2, 9) }];
        Example One(int i) => method switch
        {
            "kto" or "bco" => new FeedbackExample { Prompt = Says("user"), Completion = Says("assistant"), Label = i % 3 > 0 },
            "dpo" or "orpo" or "cpo" or "reward" => new PreferenceExample { Prompt = Says("user"), Chosen = Says("assistant"), Rejected = Says("assistant"), Margin = i % 2 == 0 ? 0.5 : null },
            "prm" => new StepwiseExample { Prompt = Says("user"), Steps = [.. Enumerable.Range(0, 3).Select(s => new JudgedStep(Words(2, 6), (i + s) % 2 == 0))] },
            "pretrain" => new TextExample { Text = Words(5, 80) },
            _ => new ChatExample { Messages = [.. Says("user"), .. Says("assistant")] },
        };
        File.WriteAllLines(Path.Combine(job.Data, "train.jsonl"), Enumerable.Range(0, 18).Select(i => StudioJson.Serialize<Example>(One(i))));
        File.WriteAllLines(Path.Combine(job.Data, "validation.jsonl"), Enumerable.Range(0, 5).Select(i => StudioJson.Serialize<Example>(One(i))));
        var method_options = options.Replace("ADAPTER", TinyModel.AdapterFolder, StringComparison.Ordinal).Replace("BASE", TinyModel.BaseFolder, StringComparison.Ordinal);
        if (method == "prm")
        {
            // The tiny tokenizer knows words alone.
            method_options = """{"step_separator":"w7"}""";
        }

        job.WriteSpec(new JobSpec
        {
            JobId = "job_" + name,
            Name = name,
            BaseModel = new ModelReference("tiny", "tiny", TinyModel.BaseFolder),
            ValidationData = "data/validation.jsonl",
            Recipe = new Recipe
            {
                Method = method,
                Model = new ModelOptions { Device = "cpu", BaseType = "fp32", Threads = 1 },
                Lora = new LoraOptions { Enabled = adapter, R = 4, LoraDropout = 0.1, LoraplusLrRatio = 4 },
                Data = new DataOptions { MaxLength = 48, PackingStrategy = method == "pretrain" ? "wrapped" : "bfd" },
                Evaluation = new EvaluationOptions { SampleCount = 1, SampleMaxTokens = 4, EvalSteps = 6 },
                Checkpoints = new CheckpointOptions { SaveSteps = 6 },
                Optimization = new OptimizationOptions { MaxSteps = Steps, PerDeviceTrainBatchSize = 2, GradientAccumulationSteps = 2, LearningRate = 1e-3 },
                MethodOptions = JsonNode.Parse(method_options)!.AsObject(),
            },
        });
        return job;
    }
}
