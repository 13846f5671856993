using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Qwen 3 mixtures (Yang et al., 2025): Qwen 3 with experts.</summary>
public static class Qwen3Moe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "qwen3_moe",
        ModelTypes = ["qwen3_moe"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["qwen3moe"],
            Class = "Qwen3MoeForCausalLM",
            Names =
            [
                .. GgufNames.Llama(),
                new("model.layers.{n}.mlp.gate", "blk.{n}.ffn_gate_inp"),
                new("model.layers.{n}.mlp.experts.{e}.gate_proj", "blk.{n}.ffn_gate_exps"),
                new("model.layers.{n}.mlp.experts.{e}.up_proj", "blk.{n}.ffn_up_exps"),
                new("model.layers.{n}.mlp.experts.{e}.down_proj", "blk.{n}.ffn_down_exps"),
            ],
            Config = (keys, config) =>
            {
                config["num_experts"] = keys.Int("expert_count");
                config["num_experts_per_tok"] = keys.Int("expert_used_count");
                config["moe_intermediate_size"] = keys.TryInt("expert_feed_forward_length") ?? config["intermediate_size"]!.GetValue<int>();
                // Files have no key for it, and every published model of this family renormalises.
                config["norm_topk_prob"] = true;
            },
        },
        TinyConfig = """{"model_type":"qwen3_moe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16,"moe_intermediate_size":24,"num_experts":4,"num_experts_per_tok":2,"norm_topk_prob":true}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var window = fields.TryInt("sliding_window");
        var bias = fields.Bool("attention_bias", false);
        var count = fields.TryInt("num_experts", "num_local_experts") ?? 128;
        var only = fields.TryNumbers("mlp_only_layers") ?? [];
        var step = fields.Int("decoder_sparse_step", 1);
        bool Sparse(int layer) => !only.Contains(layer) && count > 0 && (layer + 1) % step == 0;
        int inner = fields.Size("moe_intermediate_size");
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = count,
            PerToken = fields.Int("num_experts_per_tok", 8),
            Renormalise = fields.Bool("norm_topk_prob", false),
            Expert = () => new GatedFeedForward(config.HiddenSize, inner, config.Activation, place),
        }, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, window) with { QueryNorm = Norm(config.HeadDim), KeyNorm = Norm(config.HeadDim) }, place),
            Sparse(i) ? Mixture() : new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
