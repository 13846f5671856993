using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>BitNet b1.58 with ordinary weights (Ma et al., 2024): Llama with a norm before the last matrix of each branch.</summary>
public static class BitNet
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "bitnet",
        ModelTypes = ["bitnet"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "relu2", eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"bitnet","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with { OutputNorm = Norm(config.HiddenSize) }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerNorm: Norm(config.InnerSize)),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
