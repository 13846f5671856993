using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Golden;

/// <summary>Reward-model and reinforcement objectives against TRL: values, metrics and gradients.</summary>
public sealed class RewardAndRlLossesGoldenTests
{
    private static readonly string[] WithLoss = ["reward", "grpo", "rloo", "gkd", "ppo_loss", "prm"];
    private static readonly string[] WithoutLoss = ["grpo_advantages", "rloo_advantages", "ppo_advantages", "bco"];

    public static IEnumerable<object[]> Losses() => GoldenFolder.Rows(All(WithLoss).Select(c => $"{c["group"]}/{c["name"]}"));

    public static IEnumerable<object[]> Others() => GoldenFolder.Rows(All(WithoutLoss).Select(c => $"{c["group"]}/{c["name"]}"));

    [SkippableTheory]
    [MemberData(nameof(Losses))]
    public void Loss_metrics_and_gradient(string id)
    {
        Skip.If(id.Length == 0, "The golden folder has no set losses.");
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        var node = All(WithLoss).First(c => $"{c["group"]}/{c["name"]}" == id);
        using var set = new Case(node);
        List<(string Name, Tensor Leaf)> leaves = [];
        Tensor Leaf(string name)
        {
            var leaf = set.In(name).requires_grad_();
            leaves.Add((name, leaf));
            return leaf;
        }

        var result = (string)node["group"]! switch
        {
            "reward" => RewardModel.Compute(Leaf("rewards").squeeze(1), set.Maybe("margin"), set.Number("center_rewards_coefficient") ?? 0),
            "grpo" => RunGrpo(set, Leaf("logits")),
            "rloo" => RunRloo(set, Leaf("logits")),
            "gkd" => RunGkd(set, Leaf("student_logits")),
            "ppo_loss" => RunPpo(set, Leaf("logits"), Leaf("value_predictions")),
            _ => RunPrm(set, Leaf("logits")),
        };
        var loss = (double)node["loss"]!;
        Assert.Equal(loss, result.Loss.item<float>(), 2e-5 * Math.Max(1, Math.Abs(loss)));
        result.Loss.backward();
        foreach (var (name, leaf) in leaves)
        {
            Near(set.Out($"grad_{name}"), leaf.grad!, $"gradient of {name}");
        }

        foreach (var (metric, value) in node["metrics"]!.AsObject())
        {
            var number = (double)value!;
            Assert.True(result.Metrics.TryGetValue(metric, out var own), $"{metric} is not reported");
            Assert.True(Math.Abs(number - own) <= 1e-4 * Math.Max(1, Math.Abs(number)), $"{metric} is {own} instead of {number}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Others))]
    public void Advantages_and_running_moments(string id)
    {
        Skip.If(id.Length == 0, "The golden folder has no set losses.");
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        var node = All(WithoutLoss).First(c => $"{c["group"]}/{c["name"]}" == id);
        using var set = new Case(node);
        switch ((string)node["group"]!)
        {
            case "grpo_advantages":
                Same(set.Out("advantages"), GroupAdvantages.Compute(
                    Rows(set.In("rewards_per_func")),
                    Doubles(set.In("reward_weights")),
                    (int)set.Number("num_generations")!,
                    set.Text("scale_rewards") ?? "group",
                    set.Text("multi_objective_aggregation") ?? "sum_then_normalize"));
                break;
            case "rloo_advantages":
                var options = set.Read<RlooObjectiveOptions>();
                var divergences = ((set.In("old_per_token_logps") - set.In("ref_per_token_logps")) * set.In("completion_mask")).sum(1);
                Same(set.Out("advantages"), Rloo.Advantages(
                    Rows(set.In("rewards_per_func")), Doubles(set.In("reward_weights")), options.Beta == 0 ? null : Doubles(divergences), (int)set.Number("num_generations")!, options));
                break;
            case "ppo_advantages":
                Shaped(set);
                break;
            default:
                Running(set, node["options"]!["sizes"]!.AsArray().Count);
                break;
        }
    }

    private static ObjectiveResult RunGrpo(Case set, Tensor logits)
    {
        var mask = set.In("completion_mask");
        if (set.Maybe("tool_mask") is { } tools)
        {
            mask = mask * tools;
        }

        var (policy, entropies, places) = Scores(set, logits / (float)(set.Number("temperature") ?? 1), mask);
        Tensor? Flat(string name) => set.Maybe(name)?.reshape(-1).index_select(0, places);
        var options = set.Read<GrpoObjectiveOptions>() with { MaxCompletionLength = (int)(set.Number("max_completion_length") ?? mask.shape[1]) };
        return Grpo.Compute(policy, entropies, set.In("advantages"), Flat("old_per_token_logps"), Flat("ref_per_token_logps"), options, set.In("num_items_in_batch").item<long>());
    }

    private static ObjectiveResult RunRloo(Case set, Tensor logits)
    {
        var (policy, entropies, _) = Scores(set, logits, set.In("completion_mask"));
        return Rloo.Compute(policy, entropies, set.In("old_logps"), set.In("advantages"), set.Read<RlooObjectiveOptions>());
    }

    private static ObjectiveResult RunGkd(Case set, Tensor student)
    {
        var places = set.In("labels").reshape(-1).ne(-100).nonzero().squeeze(1);
        Tensor Flat(Tensor logits) => logits.reshape(-1, logits.shape[2]).index_select(0, places);
        return Distillation.Compute(
            Flat(student), Flat(set.In("teacher_logits")), set.Number("beta")!.Value, set.Number("temperature") ?? 1, set.Text("reduction") ?? "batchmean", set.Number("num_items_in_batch"));
    }

    private static ObjectiveResult RunPpo(Case set, Tensor logits, Tensor values)
    {
        var (start, width) = ((long)set.Number("context_length")! - 1, set.In("responses").shape[1]);
        var logp = (logits.narrow(1, start, width) / (float)((set.Number("temperature") ?? 1) + 1e-7)).log_softmax(-1);
        var own = logp.gather(2, set.In("responses").unsqueeze(2)).squeeze(2);
        var returns = set.In("returns");
        var experience = new PpoExperience(
            set.In("old_logprobs"), set.In("old_values"), zeros_like(returns), zeros_like(returns), returns, set.In("advantages"), set.In("padding_mask").ne(0), set.In("padding_mask_p1").ne(0));
        var result = Ppo.Compute(own, values.squeeze(2).narrow(1, start, width), Entropy(logp), experience, set.Read<PpoObjectiveOptions>());
        Assert.Equal(set.Out("pg_loss").item<float>(), result.Metrics["pg_loss"], 2e-5);
        Assert.Equal(set.Out("vf_loss").item<float>(), result.Metrics["vf_loss"], 2e-5 * Math.Max(1, result.Metrics["vf_loss"]));
        return result;
    }

    private static ObjectiveResult RunPrm(Case set, Tensor logits)
    {
        var labels = set.In("labels").reshape(-1);
        var places = labels.ne(-100).nonzero().squeeze(1);
        return ProcessReward.Compute(logits.reshape(-1, 2).index_select(0, places), labels.index_select(0, places), set.Number("num_items_in_batch"));
    }

    private static void Shaped(Case set)
    {
        var e = Ppo.Experience(set.In("responses"), set.In("logprobs"), set.In("ref_logprobs"), set.In("values"), set.In("scores"), padId: 0, eosId: 2, set.Read<PpoObjectiveOptions>());
        Assert.Equal(set.Out("padding_mask").ne(0).data<bool>().ToArray(), e.PaddingMask.data<bool>().ToArray());
        Assert.Equal(set.Out("padding_mask_p1").ne(0).data<bool>().ToArray(), e.ValuePaddingMask.data<bool>().ToArray());
        Assert.Equal(set.Out("sequence_lengths").data<long>().ToArray(), (e.PaddingMask.logical_not().sum(1) - 1).data<long>().ToArray());
        Same(set.Out("logprobs"), Doubles(e.LogProbabilities));
        Same(set.Out("values"), Doubles(e.Values));
        Same(set.Out("kl"), Doubles(e.Kl));
        Same(set.Out("rewards"), Doubles(e.Rewards));
        Same(set.Out("returns"), Doubles(e.Returns));
        Same(set.Out("advantages"), Doubles(e.Advantages));
    }

    private static void Running(Case set, int batches)
    {
        var running = new RunningMoments();
        for (var i = 0; i < batches; i++)
        {
            var (chosen, rejected) = (set.In($"chosen_logps.{i}").requires_grad_(), set.In($"rejected_logps.{i}").requires_grad_());
            var reference = cat([set.In($"ref_chosen_logps.{i}"), set.In($"ref_rejected_logps.{i}")]);
            bool[] wanted = [.. Enumerable.Repeat(true, (int)chosen.shape[0]), .. Enumerable.Repeat(false, (int)rejected.shape[0])];
            var result = Bco.Compute(Single(cat([chosen, rejected])), Single(reference), wanted, running, set.Number("beta")!.Value);
            var loss = set.Out($"loss.{i}").item<float>();
            Assert.Equal(loss, result.Loss.item<float>(), 2e-5 * Math.Max(1, Math.Abs(loss)));
            result.Loss.backward();
            Near(set.Out($"grad_chosen_logps.{i}"), chosen.grad!, "gradient of chosen");
            Near(set.Out($"grad_rejected_logps.{i}"), rejected.grad!, "gradient of rejected");
            Same(set.Out($"delta.{i}"), [result.Metrics["delta"]]);
            Same(set.Out($"running_std.{i}"), [running.StandardDeviation]);
            Same(set.Out($"running_var.{i}"), [running.Variance]);
            Assert.Equal(set.Out($"chosen_rewards.{i}").mean().item<float>(), result.Metrics["rewards/chosen"], 1e-4);
            Assert.Equal(set.Out($"rejected_rewards.{i}").mean().item<float>(), result.Metrics["rewards/rejected"], 1e-4);
        }
    }

    /// <summary>Sequences of one token each, so that sums are the given numbers.</summary>
    private static CompletionScores Single(Tensor sums)
    {
        var rows = Enumerable.Range(0, (int)sums.shape[0]).ToArray();
        return new CompletionScores(sums, tensor(rows.Select(r => (long)r).ToArray()), [.. rows.Select(_ => 1)]);
    }

    /// <summary>Log-probabilities and entropies of the scored completion tokens, and their places among all completion tokens.</summary>
    private static (CompletionScores Policy, Tensor Entropies, Tensor Places) Scores(Case set, Tensor logits, Tensor mask)
    {
        var width = mask.shape[1];
        var logp = logits.narrow(1, logits.shape[1] - width - 1, width).log_softmax(-1);
        var own = logp.gather(2, set.In("completion_ids").unsqueeze(2)).squeeze(2);
        var places = mask.reshape(-1).nonzero().squeeze(1);
        var policy = new CompletionScores(
            own.reshape(-1).index_select(0, places),
            places.div(width, RoundingMode.floor).to_type(ScalarType.Int64),
            [.. mask.sum(1).data<long>().ToArray().Select(c => (int)c)]);
        return (policy, Entropy(logp).reshape(-1).index_select(0, places), places);
    }

    private static Tensor Entropy(Tensor logp) => -(logp.exp() * logp).sum(-1);

    private static double[] Doubles(Tensor values) => [.. values.reshape(-1).to_type(ScalarType.Float32).data<float>().ToArray().Select(v => (double)v)];

    private static IReadOnlyList<IReadOnlyList<double>> Rows(Tensor table) => [.. Doubles(table).Chunk((int)table.shape[1])];

    private static void Near(Tensor expected, Tensor actual, string what)
    {
        var worst = (actual - expected).abs().max().item<float>();
        Assert.True(worst <= 1e-4 * Math.Max(1e-6, expected.abs().max().item<float>()), $"{what} differs by {worst}");
    }

    private static void Same(Tensor expected, double[] actual)
    {
        var numbers = Doubles(expected);
        Assert.Equal(numbers.Length, actual.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            Assert.True(Math.Abs(numbers[i] - actual[i]) <= 1e-4 * Math.Max(1, Math.Abs(numbers[i])), $"number {i} is {actual[i]} instead of {numbers[i]}");
        }
    }

    private static IEnumerable<JsonObject> All(string[] groups) => GoldenFolder.Has("losses", "cases.json")
        ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under("losses", "cases.json")))!["cases"]!.AsArray().Select(c => c!.AsObject()).Where(c => groups.Contains((string)c["group"]!))
        : [];

    /// <summary>One case: its tensors and its options.</summary>
    private sealed class Case(JsonObject node) : IDisposable
    {
        private readonly SafeTensorsFile _file = SafeTensorsFile.Open(GoldenFolder.Under("losses", (string)node["file"]!));
        private readonly JsonObject _options = node["options"]!.AsObject();

        public Tensor In(string name) => _file.Read($"{node["name"]}/in.{name}");

        public Tensor? Maybe(string name) => node["inputs"]!.AsObject().ContainsKey(name) ? In(name) : null;

        public Tensor Out(string name) => _file.Read($"{node["name"]}/out.{name}");

        public double? Number(string name) => (double?)_options[name];

        public string? Text(string name) => (string?)_options[name];

        /// <summary>The options the objective knows, on top of its defaults.</summary>
        public T Read<T>()
        {
            var known = typeof(T).GetProperties().Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name)).ToHashSet();
            JsonObject own = [];
            foreach (var (key, value) in _options.Where(o => known.Contains(o.Key)))
            {
                own[key] = value?.DeepClone();
            }

            return StudioJson.Deserialize<T>(own.ToJsonString());
        }

        public void Dispose() => _file.Dispose();
    }
}
