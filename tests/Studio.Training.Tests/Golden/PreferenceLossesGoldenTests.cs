using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Recipes.Methods;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Golden;

/// <summary>Preference objectives against TRL: values, metrics and gradients by the logits.</summary>
public sealed class PreferenceLossesGoldenTests
{
    private static readonly string[] Groups = ["dpo", "kto", "orpo", "cpo"];

    public static IEnumerable<object[]> Cases() => GoldenFolder.Rows(All().Select(c => $"{c["group"]}/{c["name"]}"));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Loss_metrics_and_gradient(string id)
    {
        Skip.If(id.Length == 0, "The golden folder has no set losses.");
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        var node = All().First(c => $"{c["group"]}/{c["name"]}" == id);
        var (group, name) = ((string)node["group"]!, (string)node["name"]!);
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("losses", (string)node["file"]!));
        Tensor In(string tensor) => file.Read($"{name}/in.{tensor}");
        var logits = In("logits").requires_grad_();
        var ids = In("input_ids");
        var mask = group is "orpo" or "cpo" ? In("labels").ne(-100) : In("completion_mask").ne(0);
        var policy = Scores(logits, ids, mask, group == "dpo");
        var options = node["options"]!.AsObject();
        var result = group switch
        {
            "dpo" => Dpo.Compute(policy, Flag(options, "reference_free") ? null : Scores(In("ref_logits"), ids, mask, false), Read<DpoOptions>(options, "loss_type")),
            "kto" => Kto.Compute(policy, Scores(In("ref_logits"), ids, mask, false), [.. options["label"]!.AsArray().Select(l => (bool)l!)], Mismatched(file, name, options), Read<KtoOptions>(options)),
            "orpo" => Orpo.Compute(policy, Nll(logits, ids, In("attention_mask"), policy.Sequences / 2), (double)options["beta"]!),
            _ => Cpo.Compute(policy, Read<CpoOptions>(WithDefault(options, "cpo_alpha", 1.0))),
        };
        var loss = (double)node["loss"]!;
        Assert.Equal(loss, result.Loss.item<float>(), 2e-5 * Math.Max(1, Math.Abs(loss)));
        result.Loss.backward();
        var expected = file.Read($"{name}/out.grad_logits");
        var worst = (logits.grad! - expected).abs().max().item<float>();
        Assert.True(worst <= 1e-4 * Math.Max(1e-3, expected.abs().max().item<float>()), $"gradient differs by {worst}");
        var metrics = node["metrics"]!.AsObject();
        foreach (var (metric, value) in result.Metrics)
        {
            if (metrics[metric] is JsonValue known && known.TryGetValue(out double number) && double.IsFinite(number))
            {
                Assert.True(Math.Abs(number - value) <= 1e-4 * Math.Max(1, Math.Abs(number)), $"{metric} is {value} instead of {number}");
            }
        }

        Assert.Contains("rewards/chosen", id == "kto/all_rejected" ? ["rewards/chosen"] : result.Metrics.Keys);
    }

    private static Tensor? Mismatched(SafeTensorsFile file, string name, JsonObject options)
    {
        if ((string?)options["loss_type"] == "apo_zero_unpaired")
        {
            return null;
        }

        var ids = file.Read($"{name}/in.KL_input_ids");
        var mask = file.Read($"{name}/in.KL_completion_mask").ne(0);
        return Scores(file.Read($"{name}/in.KL_logits"), ids, mask, false).Sums() - Scores(file.Read($"{name}/in.KL_ref_logits"), ids, mask, false).Sums();
    }

    /// <summary>Log-probabilities of the masked tokens, flattened row by row.</summary>
    private static CompletionScores Scores(Tensor logits, Tensor ids, Tensor mask, bool squares)
    {
        var logp = logits.narrow(1, 0, logits.shape[1] - 1).log_softmax(-1);
        var own = logp.gather(2, ids.narrow(1, 1, ids.shape[1] - 1).unsqueeze(2)).squeeze(2);
        var shifted = mask.narrow(1, 1, mask.shape[1] - 1);
        var places = shifted.reshape(-1).nonzero().squeeze(1);
        var rows = places.div(own.shape[1], RoundingMode.floor).to_type(ScalarType.Int64);
        return new CompletionScores(own.reshape(-1).index_select(0, places), rows, [.. shifted.sum(1).data<long>().ToArray().Select(c => (int)c)])
        {
            Lengths = [.. mask.sum(1).data<long>().ToArray().Select(c => (int)c)],
            LogSquares = squares ? (logp * 2).logsumexp(-1).reshape(-1).index_select(0, places).detach() : null,
        };
    }

    private static Tensor Nll(Tensor logits, Tensor ids, Tensor attention, int pairs)
    {
        var every = Scores(logits.narrow(0, 0, pairs), ids.narrow(0, 0, pairs), attention.narrow(0, 0, pairs).ne(0), false);
        return -every.Tokens.mean();
    }

    private static JsonObject WithDefault(JsonObject options, string name, double value)
    {
        var all = (JsonObject)options.DeepClone();
        all.TryAdd(name, value);
        return all;
    }

    private static bool Flag(JsonObject options, string name) => (bool?)options[name] ?? false;

    /// <summary>The case's options on top of the defaults of TRL, which are not always those of Studio.</summary>
    private static T Read<T>(JsonObject options, string? list = null)
        where T : new()
    {
        var known = Studio.Data.Recipes.OptionSchema.Of<T>().Select(f => f.Name).Append("loss_weights").ToHashSet();
        JsonObject own = [];
        foreach (var (key, value) in options.Where(o => known.Contains(o.Key)))
        {
            own[key] = key == list && value is JsonValue ? new JsonArray(value.DeepClone()) : value?.DeepClone();
        }

        return StudioJson.Deserialize<T>(own.ToJsonString());
    }

    private static IEnumerable<JsonObject> All() => GoldenFolder.Has("losses", "cases.json")
        ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under("losses", "cases.json")))!["cases"]!.AsArray().Select(c => c!.AsObject()).Where(c => Groups.Contains((string)c["group"]!))
        : [];
}
