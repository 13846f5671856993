using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>StableLM 2 (Bellagente et al., 2024): Llama with layer norms, partial rotary and optional norms per head.</summary>
public static class StableLm
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "stablelm",
        ModelTypes = ["stablelm"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["stablelm"],
            Class = "StableLmForCausalLM",
            Matches = keys => !keys.HasTensor("blk.0.attn_q_norm.weight"),
            Names = GgufNames.Llama(),
            Config = (keys, config) =>
            {
                config["partial_rotary_factor"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>();
                config["use_qkv_bias"] = keys.HasTensor("blk.0.attn_q.bias");
                config["use_parallel_residual"] = !keys.HasTensor("blk.0.ffn_norm.weight");
            },
        },
        TinyConfig = """{"model_type":"stablelm","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary(partial: 0.25);
        bool bias = fields.Bool("use_qkv_bias", false), perHead = fields.Bool("qk_layernorm", false), parallel = fields.Bool("use_parallel_residual", false);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        return CommonShape.Model(config, place, _ => new DecoderBlock(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias) with
            {
                QueryNorm = perHead ? new PerHeadNorms(config.Heads, config.HeadDim, config.NormEps, place) : null,
                KeyNorm = perHead ? new PerHeadNorms(config.KvHeads, config.HeadDim, config.NormEps, place) : null,
                QueryNormName = "q_layernorm",
                KeyNormName = "k_layernorm",
            }, place)),
            FeedForwardNorm = parallel ? null : Norm("post_attention_layernorm"),
            FeedForward = new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            Parallel = parallel,
        }), Norm("").Module);
    }
}
