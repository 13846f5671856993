using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>GLM 4.5 (2025): partial rotary and optional norms on heads, with the experts of DeepSeek V3.</summary>
public static class Glm4Moe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "glm4_moe",
        ModelTypes = ["glm4_moe"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"glm4_moe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"n_routed_experts":4,"num_experts_per_tok":2,"n_shared_experts":1,"moe_intermediate_size":24,"first_k_dense_replace":1,"n_group":2,"topk_group":1,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(partial: 0.5);
        bool bias = config.Fields.Bool("attention_bias", false), normed = config.Fields.Bool("use_qk_norm", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias) with { QueryNorm = normed ? Norm(config.HeadDim) : null, KeyNorm = normed ? Norm(config.HeadDim) : null }, place),
            DeepSeekParts.FeedForward(config, place, i, () => DeepSeekParts.CorrectedExperts(config, place)), Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
