using static TorchSharp.torch;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Qwen 1.5 and 2 mixtures (2024): Qwen 2 with experts and a gated shared expert.</summary>
public static class Qwen2Moe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "qwen2_moe",
        ModelTypes = ["qwen2_moe"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["qwen2moe"],
            Class = "Qwen2MoeForCausalLM",
            Names =
            [
                .. GgufNames.Llama(),
                new("model.layers.{n}.mlp.gate", "blk.{n}.ffn_gate_inp"),
                new("model.layers.{n}.mlp.experts.{e}.gate_proj", "blk.{n}.ffn_gate_exps"),
                new("model.layers.{n}.mlp.experts.{e}.up_proj", "blk.{n}.ffn_up_exps"),
                new("model.layers.{n}.mlp.experts.{e}.down_proj", "blk.{n}.ffn_down_exps"),
                new("model.layers.{n}.mlp.shared_expert.gate_proj", "blk.{n}.ffn_gate_shexp"),
                new("model.layers.{n}.mlp.shared_expert.up_proj", "blk.{n}.ffn_up_shexp"),
                new("model.layers.{n}.mlp.shared_expert.down_proj", "blk.{n}.ffn_down_shexp"),
                new("model.layers.{n}.mlp.shared_expert_gate", "blk.{n}.ffn_gate_inp_shexp", Row),
            ],
            Config = (keys, config) =>
            {
                config["num_experts"] = keys.Int("expert_count");
                config["num_experts_per_tok"] = keys.Int("expert_used_count");
                config["moe_intermediate_size"] = keys.TryInt("expert_feed_forward_length") ?? config["intermediate_size"]!.GetValue<int>();
                config["shared_expert_intermediate_size"] = keys.TryInt("expert_shared_feed_forward_length") ?? config["intermediate_size"]!.GetValue<int>();
            },
        },
        TinyConfig = """{"model_type":"qwen2_moe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"moe_intermediate_size":24,"shared_expert_intermediate_size":40,"num_experts":4,"num_experts_per_tok":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var types = Qwen2.LayerTypes(config);
        var window = fields.TryInt("sliding_window");
        var bias = fields.Bool("qkv_bias", true);
        var count = fields.Int("num_experts", 60);
        var only = fields.TryNumbers("mlp_only_layers") ?? [];
        var step = fields.Int("decoder_sparse_step", 1);
        bool Sparse(int layer) => !only.Contains(layer) && count > 0 && (layer + 1) % step == 0;
        int inner = fields.Size("moe_intermediate_size");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = count,
            PerToken = fields.Int("num_experts_per_tok", 4),
            Renormalise = fields.Bool("norm_topk_prob", false),
            Expert = () => new GatedFeedForward(config.HiddenSize, inner, config.Activation, place),
            Shared = new GatedFeedForward(config.HiddenSize, fields.Size("shared_expert_intermediate_size"), config.Activation, place),
            SharedName = "shared_expert",
            SharedGateName = "shared_expert_gate",
        }, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, window: CommonShape.Window(types, i, window)), place),
            Sparse(i) ? Mixture() : new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }

    // The file holds the one-row matrix as a vector.
    private static Tensor Row(Tensor weight, DecoderConfig config) => weight.reshape(1, -1);
}
