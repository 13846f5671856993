using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>GLM-4 9B in the hub layout (2024): interleaved rotary on half of each head, fused gate and up.</summary>
public static class Glm
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "glm",
        ModelTypes = ["glm"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1.5625e-7) is var config && fields.Has("head_dim") ? config : config with { HeadDim = 128 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"glm","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved, partial: 0.5);
        var bias = config.Fields.Bool("attention_bias", true);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias), place),
            new FusedGatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
