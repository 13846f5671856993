using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>MiniCPM 3 (2024): latent attention with dense layers and factors on embeddings, branches and the head.</summary>
public static class MiniCpm3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "minicpm3",
        ModelTypes = ["minicpm3"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_a_proj", "q_b_proj", "kv_b_proj"],
        TinyConfig = """{"model_type":"minicpm3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"q_lora_rank":24,"kv_lora_rank":16,"qk_nope_head_dim":12,"qk_rope_head_dim":8,"v_head_dim":10}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = DeepSeekParts.Rotary(config, RotaryStyle.Half);
        var branch = fields.Double("scale_depth", 1) / Math.Sqrt(config.Layers);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            DeepSeekParts.Attention(config, rotary, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, fields.Bool("mlp_bias", false)), Norm(), Norm(), branch), Norm(),
            parts => parts with { EmbeddingScale = fields.Double("scale_emb", 1), HeadInputScale = fields.Double("dim_model_base", config.HiddenSize) / config.HiddenSize });
    }
}
