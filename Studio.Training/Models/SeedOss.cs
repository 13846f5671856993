using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Seed-OSS (ByteDance, 2025): Llama with biases on queries, keys and values.</summary>
public static class SeedOss
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "seed_oss",
        ModelTypes = ["seed_oss"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"seed_oss","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, fields.Bool("attention_bias", true), fields.Bool("attention_out_bias", false)), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, fields.Bool("mlp_bias", false)),
            Norm(), Norm()), Norm());
    }
}
