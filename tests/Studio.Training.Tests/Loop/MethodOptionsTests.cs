using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Loop;
using Studio.Training.Tests.Generation;

namespace Studio.Training.Tests.Loop;

/// <summary>Every loss and every option that shapes one reaches the training of a job: each recipe below trains the same model on the same data, and no two of a method may go the same way.</summary>
[Collection(GlobalGenerator.Name)]
public sealed class MethodOptionsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("studio-options-").FullName;

    // A plain recipe of each method comes first. Of the losses of DPO, exo_pair, robust and aot alone know label smoothing, as in TRL.
    private static readonly Dictionary<string, string[]> Options = new()
    {
        ["sft"] = ["{}", """{"loss_type":"dft"}""", """{"label_smoothing_factor":0.2}""", """{"neftune_noise_alpha":5}"""],
        ["dpo"] =
        [
            "{}", """{"loss_type":["hinge"]}""", """{"loss_type":["ipo"]}""", """{"loss_type":["sigmoid_norm"]}""", """{"loss_type":["exo_pair"],"label_smoothing":0.1}""",
            """{"loss_type":["robust"],"label_smoothing":0.1}""", """{"loss_type":["robust"],"label_smoothing":0.2}""", """{"loss_type":["nca_pair"]}""", """{"loss_type":["bco_pair"]}""", """{"loss_type":["sppo_hard"]}""", """{"loss_type":["aot"]}""",
            """{"loss_type":["aot_unpaired"]}""", """{"loss_type":["aot"],"label_smoothing":0.1}""", """{"loss_type":["apo_zero"]}""", """{"loss_type":["apo_down"]}""", """{"loss_type":["discopop"]}""", """{"loss_type":["discopop"],"discopop_tau":1}""", """{"loss_type":["sft"]}""",
            """{"loss_type":["sigmoid","bco_pair","sft"]}""", """{"loss_type":["sigmoid","bco_pair","sft"],"loss_weights":[0.8,0.2,1]}""",
            """{"f_divergence_type":"forward_kl"}""", """{"f_divergence_type":"js_divergence"}""", """{"f_divergence_type":"alpha_divergence"}""", """{"f_divergence_type":"alpha_divergence","f_alpha_divergence_coef":0.2}""",
            """{"ld_alpha":0.5}""", """{"use_weighting":true}""", """{"reference_free":true}""", """{"beta":0.5}""",
        ],
        ["kto"] = ["{}", """{"loss_type":"apo_zero_unpaired"}""", """{"desirable_weight":2}""", """{"undesirable_weight":2}""", """{"beta":0.5}"""],
        ["bco"] = ["{}", """{"beta":0.5}"""],
        ["orpo"] = ["{}", """{"beta":0.5}"""],
        ["cpo"] =
        [
            "{}", """{"simpo_gamma":1}""", """{"loss_type":"sigmoid"}""", """{"loss_type":"sigmoid","label_smoothing":0.1}""", """{"loss_type":"hinge"}""", """{"loss_type":"ipo"}""", """{"cpo_alpha":1}""",
            """{"alpha":0.25}""", """{"alpha":-0.25}""", """{"beta":0.1}""",
        ],
        ["reward"] = ["{}", """{"center_rewards_coefficient":0}""", """{"center_rewards_coefficient":1}"""],
        ["grpo"] =
        [
            "{}", """{"loss_type":"grpo"}""", """{"loss_type":"bnpo"}""", """{"loss_type":"dr_grpo"}""", """{"loss_type":"luspo"}""", """{"loss_type":"cispo"}""", """{"loss_type":"sapo"}""",
            """{"loss_type":"sapo","sapo_temperature_neg":3}""", """{"loss_type":"sapo","sapo_temperature_pos":3}""", """{"loss_type":"vespo"}""", """{"importance_sampling_level":"sequence"}""", """{"beta":0.5}""",
            """{"beta":0.5,"use_bias_correction_kl":false}""", """{"epsilon":0.001}""", """{"epsilon":0.001,"epsilon_high":0.5}""", """{"scale_rewards":"batch"}""", """{"scale_rewards":"none"}""",
            """{"multi_objective_aggregation":"normalize_then_sum"}""", """{"top_entropy_quantile":0.5}""", """{"mask_truncated_completions":true}""", """{"off_policy_mask_threshold":0}""", """{"temperature":0.7}""",
        ],
        ["rloo"] = ["{}", """{"beta":0.5}""", """{"normalize_advantages":true}""", """{"epsilon":0.001}""", """{"epsilon":0.001,"epsilon_high":0.5}""", """{"mask_truncated_completions":true}"""],
        ["ppo"] =
        [
            "{}", """{"kl_estimator":"k3"}""", """{"kl_coef":0}""", """{"whiten_rewards":true}""", """{"missing_eos_penalty":1}""", """{"gamma":0.8}""", """{"lam":0.5}""", """{"vf_coef":1}""", """{"cliprange":0.001}""",
            """{"cliprange_value":0.001}""", """{"num_mini_batches":2}""", """{"num_ppo_epochs":1}""",
        ],
    };

    public static TheoryData<string> Methods => [.. Options.Keys];

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Every_option_of_a_recipe_changes_the_training(string method)
    {
        TinyModel.SkipIfAbsent();
        List<(string Options, double[] Trace)> seen = [];
        foreach (var options in Options[method])
        {
            var steps = Train(method, options);
            foreach (var metrics in steps)
            {
                Assert.All(metrics, m => Assert.True(double.IsFinite(m.Value), $"{method} {options}: {m.Key} is {m.Value}"));
            }

            Assert.Contains(steps, s => s["grad_norm"] > 0);
            double[] trace = [.. steps.SelectMany(s => new[] { s["loss"], s["grad_norm"] })];
            var twin = seen.FirstOrDefault(s => s.Trace.Length == trace.Length && s.Trace.Zip(trace, (a, b) => Math.Abs(a - b) <= 1e-7 * Math.Max(1e-3, Math.Abs(a))).All(same => same));
            Assert.True(twin.Options is null, $"{method}: {options} trains as {twin.Options} does");
            seen.Add((options, trace));
        }
    }

    private List<IReadOnlyDictionary<string, double>> Train(string method, string options)
    {
        var job = new JobFolder(Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"{method}{Directory.EnumerateDirectories(root).Count()}")));
        Directory.CreateDirectory(job.Data);
        var random = new Random(7);
        string Words(int least, int most) => string.Join(' ', Enumerable.Range(0, random.Next(least, most)).Select(_ => $"w{random.Next(7, 255)}"));
        Message[] Says(string role) => [new Message { Role = role, Content = Words(2, 9) }];
        var sampled = method is "grpo" or "rloo" or "ppo";
        Example One(int i) => method switch
        {
            "kto" or "bco" => new FeedbackExample { Prompt = Says("user"), Completion = Says("assistant"), Label = i % 3 > 0 },
            "sft" => new ChatExample { Messages = [.. Says("user"), .. Says("assistant")] },
            _ when sampled => new PromptExample { Prompt = Says("user") },
            _ => new PreferenceExample { Prompt = Says("user"), Chosen = Says("assistant"), Rejected = Says("assistant") },
        };
        File.WriteAllLines(Path.Combine(job.Data, "train.jsonl"), Enumerable.Range(0, 24).Select(i => StudioJson.Serialize(One(i))));
        var own = JsonNode.Parse(options)!.AsObject();
        if (sampled)
        {
            own["rewards"] = new JsonArray("length", "repetition*0.5");
            own["reward_length"] = 4;
            own["max_completion_length"] = 8;
            if (method != "ppo")
            {
                own["num_iterations"] = 2;
            }
            else
            {
                own.TryAdd("kl_coef", 1);
                own.TryAdd("num_ppo_epochs", 2);
            }
        }

        // A recipe as people keep it in a file.
        var recipe = StudioJson.Deserialize<Recipe>($$"""
            {
              "method": "{{method}}", "method_options": {{own.ToJsonString()}},
              "model": {"device": "cpu", "base_type": "fp32", "threads": 1}, "lora": {"r": 4}, "data": {"max_length": 48, "packing": false, "shuffle": false}, "evaluation": {"sample_count": 0},
              "optimization": {"max_steps": {{(sampled ? 4 : 3)}}, "per_device_train_batch_size": {{(sampled ? 4 : 8)}}, "gradient_accumulation_steps": {{(sampled ? 2 : 1)}}, "learning_rate": 0.02, "warmup_ratio": 0, "lr_scheduler_type": "constant", "max_grad_norm": 0}
            }
            """);
        job.WriteSpec(new JobSpec { JobId = "job_options", Name = "options", BaseModel = new ModelReference("tiny", "tiny", TinyModel.BaseFolder), Recipe = recipe });
        List<IReadOnlyDictionary<string, double>> steps = [];
        using var events = new EventWriter(job.Events, TimeProvider.System);
        using var stop = StopRequest.OfFolder(job);
        using var run = new TrainingRun(job, events, TimeProvider.System);
        run.Load();
        run.Prepare();
        using var loop = new TrainingLoop(run.Context, run.Method, events, stop) { OnStep = (_, metrics) => steps.Add(metrics) };
        Assert.Equal(LoopEnd.Done, loop.Run());
        return steps;
    }
}
