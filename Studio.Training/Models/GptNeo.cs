using System.Text.Json.Nodes;
using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>GPT-Neo (Black et al., 2021): GPT-2 with plain matrices, unscaled scores and a window on every second layer.</summary>
public static class GptNeo
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gpt_neo",
        ModelTypes = ["gpt_neo"],
        ReadConfig = ReadConfig,
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"gpt_neo","hidden_size":32,"num_layers":2,"num_heads":4,"vocab_size":128,"max_position_embeddings":128,"window_size":8,"attention_types":[[["global","local"],1]]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var kinds = Kinds(config.Fields, config.Layers);
        var window = config.Fields.Int("window_size", 256);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("ln_1"),
            Mixer = new("attn.attention", new Attention(CommonShape.Attention(config, null, outputBias: true, window: kinds[layer] == "local" ? window : null) with { Scale = 1, OutputName = "out_proj" }, place)),
            FeedForwardNorm = Norm("ln_2"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "c_fc", "c_proj")),
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.wte", parts.Embedding.Module),
            Positions = new("transformer.wpe", new TokenEmbedding(config.MaxPositions, config.HiddenSize, place)),
            BlocksPath = "transformer.h",
        }, finalNormName: "transformer.ln_f");
    }

    private static DecoderConfig ReadConfig(ConfigReader fields)
    {
        fields.Json["num_hidden_layers"] ??= fields.Size("num_layers");
        fields.Json["num_attention_heads"] ??= fields.Size("num_heads");
        return CommonShape.Read(fields, tied: true, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_epsilon");
    }

    // [[["global", "local"], 6]] means six times global, local.
    private static IReadOnlyList<string> Kinds(ConfigReader fields, int layers)
    {
        if (fields.TryTexts("attention_layers") is { } listed && listed.Count >= layers)
        {
            return listed;
        }

        var kinds = new List<string>();
        foreach (var group in fields.Json["attention_types"] as JsonArray ?? [])
        {
            if (group is not JsonArray { Count: 2 } pair || pair[0] is not JsonArray names || pair[1]?.GetValue<int>() is not (> 0 and <= 10000 and var times))
            {
                throw fields.Wrong("attention_types", "a list of [names, count]");
            }

            for (var i = 0; i < times; i++)
            {
                kinds.AddRange(names.Select(n => n!.GetValue<string>()));
            }
        }

        return kinds.Count >= layers ? kinds : throw fields.Wrong("attention_types", $"a pattern of {layers} layers");
    }
}
