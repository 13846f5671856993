using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>ERNIE 4.5 (Baidu, 2025): Llama with interleaved rotary.</summary>
public static class Ernie45
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "ernie4_5",
        ModelTypes = ["ernie4_5"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"ernie4_5","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved);
        var bias = config.Fields.Bool("use_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bias),
            Norm(), Norm()), Norm());
    }
}
