using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Gemma (Mesnard et al., 2024): Llama with norms that multiply by 1 + weight, scaled embeddings and a GELU gate.</summary>
public static class Gemma
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gemma",
        ModelTypes = ["gemma"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true) with { Activation = "gelu_pytorch_tanh" } is var config && fields.Has("head_dim") ? config : config with { HeadDim = 256 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new() { Architectures = ["gemma"], Class = "GemmaForCausalLM", Names = GgufNames.Llama(norm: GgufNames.MinusOne) },
        TinyConfig = """{"model_type":"gemma","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place, addOne: true);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias), place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm(), parts => parts with { EmbeddingScale = Math.Sqrt(config.HiddenSize) });
    }
}
