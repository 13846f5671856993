using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Persimmon (Adept, 2023): layer norms on query and key heads, partial rotary, squared ReLU.</summary>
public static class Persimmon
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "persimmon",
        ModelTypes = ["persimmon"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "relu2", eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        DefaultTargets = ["query_key_value"],
        TinyConfig = """{"model_type":"persimmon","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(partial: 0.5);
        var perHead = config.Fields.Bool("qk_layernorm", true);
        LayerNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, true, true) with
            {
                Layout = ProjectionLayout.PerHead,
                InputNames = ["query_key_value"],
                OutputName = "dense",
                QueryNorm = perHead ? Norm(config.HeadDim) : null,
                KeyNorm = perHead ? Norm(config.HeadDim) : null,
                QueryNormName = "q_layernorm",
                KeyNormName = "k_layernorm",
            }, place),
            new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "dense_h_to_4h", "dense_4h_to_h"),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize), finalNormName: "model.final_layernorm");
    }
}
