using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Qwen 2 and 2.5 (Yang et al., 2024): Llama with biases on queries, keys and values, and windows on the upper layers when asked for.</summary>
public static class Qwen2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "qwen2",
        ModelTypes = ["qwen2"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new() { Architectures = ["qwen2"], Class = "Qwen2ForCausalLM", Names = GgufNames.Llama() },
        TinyConfig = """{"model_type":"qwen2","hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    /// <summary>Kinds of the layers; files before <c>layer_types</c> gave the window to the layers from max_window_layers on.</summary>
    internal static IReadOnlyList<string> LayerTypes(DecoderConfig config)
    {
        var sliding = config.Fields.Bool("use_sliding_window", false);
        var first = config.Fields.Int("max_window_layers", 28);
        return config.Fields.LayerTypes(config.Layers, i => sliding && i >= first ? "sliding_attention" : "full_attention");
    }

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var types = LayerTypes(config);
        var window = config.Fields.TryInt("sliding_window");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias: true, window: CommonShape.Window(types, i, window)), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
