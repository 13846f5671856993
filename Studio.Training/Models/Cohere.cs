using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Command R (Cohere, 2024): attention and feed-forward side by side on one norm without bias, interleaved rotary.</summary>
public static class Cohere
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "cohere",
        ModelTypes = ["cohere"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["command-r"],
            Class = "CohereForCausalLM",
            Matches = keys => !keys.HasTensor("blk.0.attn_q_norm.weight"),
            Names = GgufNames.Llama(),
            Config = (keys, config) => config["logit_scale"] = keys.TryNumber("logit_scale") ?? 0.0625,
        },
        TinyConfig = """{"model_type":"cohere","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved);
        bool bias = config.Fields.Bool("attention_bias", false), perHead = config.Fields.Bool("use_qk_norm", false);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place, bias: false);
        return CommonShape.Model(config, place, _ => CommonShape.ParallelBlock(
            new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                QueryNorm = perHead ? new HeadLayerNorm(config.Heads, config.HeadDim, config.NormEps, place) : null,
                KeyNorm = perHead ? new HeadLayerNorm(config.KvHeads, config.HeadDim, config.NormEps, place) : null,
            }, place)),
            new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            new("input_layernorm", Norm())), Norm(), parts => parts with { LogitScale = config.Fields.Double("logit_scale", 0.0625) });
    }
}
