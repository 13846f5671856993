using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Qwen 3 (Yang et al., 2025): Qwen 2 without biases, with a norm on every query and key head.</summary>
public static class Qwen3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "qwen3",
        ModelTypes = ["qwen3"],
        ReadConfig = fields => CommonShape.Read(fields) is var config && fields.Has("head_dim") ? config : config with { HeadDim = 128 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new() { Architectures = ["qwen3"], Class = "Qwen3ForCausalLM", Names = GgufNames.Llama() },
        TinyConfig = """{"model_type":"qwen3","hidden_size":32,"head_dim":16,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var types = Qwen2.LayerTypes(config);
        var window = config.Fields.TryInt("sliding_window");
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, CommonShape.Window(types, i, window)) with { QueryNorm = Norm(config.HeadDim), KeyNorm = Norm(config.HeadDim) }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
