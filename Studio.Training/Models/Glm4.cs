using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>GLM-4 0414 (2025): GLM with norms after each branch as well.</summary>
public static class Glm4
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "glm4",
        ModelTypes = ["glm4"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1.5625e-7) is var config && fields.Has("head_dim") ? config : config with { HeadDim = 128 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["glm4"],
            Class = "Glm4ForCausalLM",
            Names =
            [
                .. GgufNames.Llama(),
                new("model.layers.{n}.post_self_attn_layernorm", "blk.{n}.post_attention_norm"),
                new("model.layers.{n}.post_mlp_layernorm", "blk.{n}.post_ffw_norm"),
                new("model.layers.{n}.mlp.gate_up_proj", "blk.{n}.ffn_up"),
            ],
            Config = (keys, config) =>
            {
                config["attention_bias"] = keys.HasTensor("blk.0.attn_q.bias");
                config["partial_rotary_factor"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>();
            },
        },
        TinyConfig = """{"model_type":"glm4","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved, partial: 0.5);
        var bias = config.Fields.Bool("attention_bias", false);
        Part Norm(string name) => new(name, new RmsNorm(config.HiddenSize, config.NormEps, place));
        return CommonShape.Model(config, place, _ => new DecoderBlock(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias), place)),
            MixerOutputNorm = Norm("post_self_attn_layernorm"),
            FeedForwardNorm = Norm("post_attention_layernorm"),
            FeedForward = new("mlp", new FusedGatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            FeedForwardOutputNorm = Norm("post_mlp_layernorm"),
        }), Norm("").Module);
    }
}
