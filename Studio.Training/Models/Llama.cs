using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Llama 1 to 3 (Touvron et al., 2023) and the many models that kept its shape.</summary>
public static class Llama
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "llama",
        ModelTypes = ["llama"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["llama"],
            Class = "LlamaForCausalLM",
            Matches = keys => (keys.TryInt("expert_count") ?? 0) == 0,
            Names = GgufNames.Llama(rotaryPermuted: true),
            Config = (keys, config) =>
            {
                config["attention_bias"] = keys.HasTensor("blk.0.attn_q.bias");
                config["mlp_bias"] = keys.HasTensor("blk.0.ffn_gate.bias");
            },
        },
        TinyConfig = """{"model_type":"llama","hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"rms_norm_eps":1e-5}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        bool attentionBias = config.Fields.Bool("attention_bias", false), innerBias = config.Fields.Bool("mlp_bias", false);
        var window = config.Fields.TryInt("sliding_window");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, attentionBias, attentionBias, window), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias),
            Norm(), Norm()), Norm());
    }
}
