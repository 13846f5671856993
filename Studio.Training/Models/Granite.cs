using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Granite 3 (IBM, 2024): Llama with a factor on embeddings, scores, branches and logits.</summary>
public static class Granite
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "granite",
        ModelTypes = ["granite"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["granite"],
            Class = "GraniteForCausalLM",
            Names = GgufNames.Llama(rotaryPermuted: true),
            Config = (keys, config) =>
            {
                config["attention_multiplier"] = keys.TryNumber("attention.scale");
                config["embedding_multiplier"] = keys.TryNumber("embedding_scale");
                config["residual_multiplier"] = keys.TryNumber("residual_scale");
                config["logits_scaling"] = keys.TryNumber("logit_scale");
            },
        },
        TinyConfig = """{"model_type":"granite","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"attention_multiplier":0.1,"embedding_multiplier":4.0,"residual_multiplier":0.5,"logits_scaling":2.0}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        bool bias = fields.Bool("attention_bias", false), innerBias = fields.Bool("mlp_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with { Scale = fields.Double("attention_multiplier", 1) }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias),
            Norm(), Norm(), fields.Double("residual_multiplier", 1)), Norm(),
            parts => parts with { EmbeddingScale = fields.Double("embedding_multiplier", 1), LogitScale = 1 / fields.Double("logits_scaling", 1) });
    }
}
