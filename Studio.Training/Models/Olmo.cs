using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>OLMo 1 (Groeneveld et al., 2024): Llama whose layer norms have no weights.</summary>
public static class Olmo
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "olmo",
        ModelTypes = ["olmo"],
        ReadConfig = fields => CommonShape.Read(fields) with { NormEps = 1e-5 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"olmo","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place, bias: false, weight: false);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with { Clip = config.Fields.Double("clip_qkv", 0) }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
