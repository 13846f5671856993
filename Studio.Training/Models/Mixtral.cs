using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Mixtral (Jiang et al., 2024): Mistral whose feed-forward is a mixture of experts.</summary>
public static class Mixtral
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "mixtral",
        ModelTypes = ["mixtral"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["llama"],
            Class = "MixtralForCausalLM",
            Matches = keys => keys.TryInt("expert_count") > 0,
            Names =
            [
                .. GgufNames.Llama(rotaryPermuted: true),
                new("model.layers.{n}.block_sparse_moe.gate", "blk.{n}.ffn_gate_inp"),
                new("model.layers.{n}.block_sparse_moe.experts.{e}.w1", "blk.{n}.ffn_gate_exps"),
                new("model.layers.{n}.block_sparse_moe.experts.{e}.w2", "blk.{n}.ffn_down_exps"),
                new("model.layers.{n}.block_sparse_moe.experts.{e}.w3", "blk.{n}.ffn_up_exps"),
            ],
            Config = (keys, config) => (config["num_local_experts"], config["num_experts_per_tok"]) = (keys.Int("expert_count"), keys.Int("expert_used_count")),
        },
        TinyConfig = """{"model_type":"mixtral","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_local_experts":4,"num_experts_per_tok":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        int count = config.Fields.Int("num_local_experts", 8), perToken = config.Fields.Int("num_experts_per_tok", 2);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = count,
            PerToken = perToken,
            Renormalise = true,
            Expert = () => new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, names: ["w1", "w3", "w2"]),
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: window), place), Mixture(), Norm(), Norm(), feedForwardName: "block_sparse_moe"), Norm());
    }
}
