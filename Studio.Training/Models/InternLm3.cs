using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>InternLM 3 (2025): Llama with one switch for all biases.</summary>
public static class InternLm3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "internlm3",
        ModelTypes = ["internlm3"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"internlm3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        bool bias = fields.Bool("attention_bias", fields.Bool("qkv_bias", false)), innerBias = fields.Bool("mlp_bias", fields.Bool("bias", false));
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias),
            Norm(), Norm()), Norm());
    }
}
