using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>DeepSeek V2 (2024): latent attention, experts chosen by softmax beside shared ones.</summary>
public static class DeepSeekV2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "deepseek_v2",
        ModelTypes = ["deepseek_v2"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_a_proj", "q_b_proj", "kv_b_proj"],
        TinyConfig = """{"model_type":"deepseek_v2","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"q_lora_rank":24,"kv_lora_rank":16,"qk_nope_head_dim":12,"qk_rope_head_dim":8,"v_head_dim":10,"n_routed_experts":4,"num_experts_per_tok":2,"n_shared_experts":1,"moe_intermediate_size":24,"first_k_dense_replace":1,"n_group":2,"topk_group":1}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = DeepSeekParts.Rotary(config, RotaryStyle.Interleaved);
        var bias = fields.Bool("mlp_bias", false);
        int inner = fields.Int("moe_intermediate_size", 1407), shared = fields.Int("n_shared_experts", 0);
        var grouped = fields.Text("topk_method", "greedy") == "group_limited_greedy";
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Size("n_routed_experts"),
            PerToken = fields.Size("num_experts_per_tok"),
            Expert = () => new GatedFeedForward(config.HiddenSize, inner, config.Activation, place),
            Groups = grouped ? fields.Int("n_group", 1) : 1,
            GroupsPerToken = fields.Int("topk_group", 1),
            Scale = fields.Double("routed_scaling_factor", 1),
            WideRouter = true,
            Shared = shared > 0 ? new GatedFeedForward(config.HiddenSize, (long)inner * shared, config.Activation, place, bias) : null,
        }, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            DeepSeekParts.Attention(config, rotary, place), DeepSeekParts.FeedForward(config, place, i, Mixture, bias), Norm(), Norm()), Norm());
    }
}
