using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>Gemma 3 text models (2025): Gemma 2 without the cap on scores, with norms on queries and keys and a rotary table for each kind of layer.</summary>
public static class Gemma3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gemma3_text",
        ModelTypes = ["gemma3_text"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_pytorch_tanh") is var config && fields.Has("head_dim") ? config : config with { HeadDim = 256 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["gemma3"],
            Class = "Gemma3ForCausalLM",
            Names =
            [
                .. GgufNames.Llama(norm: GgufNames.MinusOne, secondNorm: "post_attention_norm"),
                new("model.layers.{n}.pre_feedforward_layernorm", "blk.{n}.ffn_norm", GgufNames.MinusOne),
                new("model.layers.{n}.post_feedforward_layernorm", "blk.{n}.post_ffw_norm", GgufNames.MinusOne),
            ],
            Config = (keys, config) =>
            {
                config["rope_local_base_freq"] = keys.TryNumber("rope.freq_base_swa") ?? 10000;
                config["final_logit_softcapping"] = keys.TryNumber("final_logit_softcapping");
                // The file has no key for the softmax scale; only the 27B model (62 layers) differs from the head size.
                config["query_pre_attn_scalar"] = keys.Int("block_count") == 62 ? keys.Int("embedding_length") / keys.Int("attention.head_count") : config["head_dim"]!.GetValue<int>();
            },
        },
        TinyConfig = """{"model_type":"gemma3_text","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16,"query_pre_attn_scalar":16,"sliding_window":8,"layer_types":["sliding_attention","full_attention"],"rope_local_base_freq":10000.0,"rope_theta":1000000.0}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var types = fields.LayerTypes(config.Layers, i => (i + 1) % fields.Int("_sliding_window_pattern", fields.Int("sliding_window_pattern", 6)) == 0 ? "full_attention" : "sliding_attention");
        var tables = types.Distinct().ToDictionary(t => t, t => config.Rotary(layerType: t));
        var window = fields.Int("sliding_window", 4096);
        var bias = fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place, addOne: true);
        Part Wide(string name) => new(name, Norm(config.HiddenSize));
        return CommonShape.Model(config, place, i => new DecoderBlock(new BlockParts
        {
            MixerNorm = Wide("input_layernorm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, tables[types[i]], bias, bias, CommonShape.Window(types, i, window)) with
            {
                Scale = Math.Pow(fields.Double("query_pre_attn_scalar", 256), -0.5),
                QueryNorm = Norm(config.HeadDim),
                KeyNorm = Norm(config.HeadDim),
            }, place)),
            MixerOutputNorm = Wide("post_attention_layernorm"),
            FeedForwardNorm = Wide("pre_feedforward_layernorm"),
            FeedForward = new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            FeedForwardOutputNorm = Wide("post_feedforward_layernorm"),
        }), Norm(config.HiddenSize), parts => parts with { EmbeddingScale = Math.Sqrt(config.HiddenSize), LogitSoftCap = fields.Double("final_logit_softcapping", 0) });
    }
}
