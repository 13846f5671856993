using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Phi 3 and 4 (2024): Llama with fused projections, LongRoPE and an optional window.</summary>
public static class Phi3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "phi3",
        ModelTypes = ["phi3"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["qkv_proj"],
        Gguf = new()
        {
            Architectures = ["phi3"],
            Class = "Phi3ForCausalLM",
            Names =
            [
                .. GgufNames.Llama(),
                new("model.layers.{n}.self_attn.qkv_proj", "blk.{n}.attn_qkv"),
                new("model.layers.{n}.mlp.gate_up_proj", "blk.{n}.ffn_up"),
            ],
            Config = (keys, config) => config["partial_rotary_factor"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>(),
        },
        TinyConfig = """{"model_type":"phi3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: window) with { Layout = ProjectionLayout.Blocks, InputNames = ["qkv_proj"] }, place),
            new FusedGatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm(), parts => parts with { CacheRestartLength = rotary.RestartLength });
    }
}
