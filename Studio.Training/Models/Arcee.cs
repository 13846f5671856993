using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Arcee AFM (2025): Llama with a plain feed-forward and squared ReLU.</summary>
public static class Arcee
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "arcee",
        ModelTypes = ["arcee"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "relu2", eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"arcee","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        bool bias = fields.Bool("attention_bias", false), innerBias = fields.Bool("mlp_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias), place),
            new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias, "up_proj", "down_proj"),
            Norm(), Norm()), Norm());
    }
}
