using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Phi 3.5 MoE (2024): layer norms, experts mixed sparsely two by two.</summary>
public static class PhiMoe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "phimoe",
        ModelTypes = ["phimoe"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"phimoe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_local_experts":4,"num_experts_per_tok":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var bias = fields.Bool("attention_bias", false);
        var window = fields.TryInt("sliding_window");
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Int("num_local_experts", 16),
            PerToken = 2,
            Expert = () => new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, names: ["w1", "w3", "w2"]),
            Score = RouterScore.SparseMixer,
            Jitter = fields.Double("router_jitter_noise", 0.01),
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, window), place),
            Mixture(), Norm(), Norm(), feedForwardName: "block_sparse_moe"), Norm(), parts => parts with { CacheRestartLength = rotary.RestartLength }, headBias: fields.Bool("lm_head_bias", false));
    }
}
