using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>SmolLM 3 (2025): Llama in which every fourth layer has no positions.</summary>
public static class SmolLm3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "smollm3",
        ModelTypes = ["smollm3"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"smollm3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"no_rope_layers":[1,0]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var interval = fields.Int("no_rope_layer_interval", 4);
        var flags = fields.TryNumbers("no_rope_layers");
        bool Turned(int layer) => flags is not null && layer < flags.Count ? flags[layer] != 0 : (layer + 1) % interval != 0;
        bool bias = fields.Bool("attention_bias", false), innerBias = fields.Bool("mlp_bias", false);
        var window = fields.Bool("use_sliding_window", false) ? fields.TryInt("sliding_window") : null;
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, Turned(i) ? rotary : null, bias, bias, Turned(i) ? null : window), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias),
            Norm(), Norm()), Norm());
    }
}
