using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Helium (Kyutai, 2025): Llama with interleaved rotary.</summary>
public static class Helium
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "helium",
        ModelTypes = ["helium"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-8),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"helium","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved);
        bool bias = config.Fields.Bool("attention_bias", false), innerBias = config.Fields.Bool("mlp_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias),
            Norm(), Norm()), Norm());
    }
}
