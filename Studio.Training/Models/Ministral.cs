using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Ministral 8B (2024): Mistral with a window where layer_types says so.</summary>
public static class Ministral
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "ministral",
        ModelTypes = ["ministral"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"ministral","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8,"layer_types":["sliding_attention","full_attention"]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        var types = config.Fields.LayerTypes(config.Layers, _ => window is null ? "full_attention" : "sliding_attention");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: CommonShape.Window(types, i, window)), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
