using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Mistral (Jiang et al., 2023): Llama with a sliding window on every layer.</summary>
public static class Mistral
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "mistral",
        ModelTypes = ["mistral"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new() { Architectures = ["mistral"], Class = "MistralForCausalLM", Names = GgufNames.Llama(rotaryPermuted: true) },
        TinyConfig = """{"model_type":"mistral","hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: window), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
