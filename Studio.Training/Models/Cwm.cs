using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Code World Model (Meta, 2025): Llama 3 with a window on three layers of four.</summary>
public static class Cwm
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "cwm",
        ModelTypes = ["cwm"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"cwm","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var types = config.Fields.LayerTypes(config.Layers, i => i % 4 == 0 ? "full_attention" : "sliding_attention");
        var window = config.Fields.Int("sliding_window", 8192);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: CommonShape.Window(types, i, window)), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
