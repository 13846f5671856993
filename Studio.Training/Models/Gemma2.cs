using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>Gemma 2 (2024): norms before and after each branch that multiply by 1 + weight, soft caps, and a window on every second layer.</summary>
public static class Gemma2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gemma2",
        ModelTypes = ["gemma2"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_pytorch_tanh") is var config && fields.Has("head_dim") ? config : config with { HeadDim = 256 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["gemma2"],
            Class = "Gemma2ForCausalLM",
            Names =
            [
                .. GgufNames.Llama(norm: GgufNames.MinusOne, secondNorm: "post_attention_norm"),
                new("model.layers.{n}.pre_feedforward_layernorm", "blk.{n}.ffn_norm", GgufNames.MinusOne),
                new("model.layers.{n}.post_feedforward_layernorm", "blk.{n}.post_ffw_norm", GgufNames.MinusOne),
            ],
            Config = (keys, config) =>
            {
                config["attn_logit_softcapping"] = keys.TryNumber("attn_logit_softcapping");
                config["final_logit_softcapping"] = keys.TryNumber("final_logit_softcapping");
                // The file has no key for the softmax scale; only the 27B model (46 layers) differs from the head size.
                config["query_pre_attn_scalar"] = keys.Int("block_count") == 46 ? keys.Int("embedding_length") / keys.Int("attention.head_count") : config["head_dim"]!.GetValue<int>();
            },
        },
        TinyConfig = """{"model_type":"gemma2","hidden_size":32,"head_dim":16,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8,"query_pre_attn_scalar":16,"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var types = fields.LayerTypes(config.Layers, i => i % 2 == 0 ? "sliding_attention" : "full_attention");
        var window = fields.TryInt("sliding_window");
        var bias = fields.Bool("attention_bias", false);
        Part Norm(string name) => new(name, new RmsNorm(config.HiddenSize, config.NormEps, place, addOne: true));
        return CommonShape.Model(config, place, i => new DecoderBlock(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias, bias, CommonShape.Window(types, i, window)) with
            {
                Scale = Math.Pow(fields.Double("query_pre_attn_scalar", 256), -0.5),
                SoftCap = SoftCap(fields, "attn_logit_softcapping", 50),
            }, place)),
            MixerOutputNorm = Norm("post_attention_layernorm"),
            FeedForwardNorm = Norm("pre_feedforward_layernorm"),
            FeedForward = new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            FeedForwardOutputNorm = Norm("post_feedforward_layernorm"),
        }), Norm("").Module, parts => parts with { EmbeddingScale = Math.Sqrt(config.HiddenSize), LogitSoftCap = SoftCap(fields, "final_logit_softcapping", 30) });
    }

    // null switches the cap off; an absent field means the default.
    internal static double SoftCap(ConfigReader fields, string name, double otherwise) => fields.Json.ContainsKey(name) ? fields.Double(name, 0) : otherwise;
}
