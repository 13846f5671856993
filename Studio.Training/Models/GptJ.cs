using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>GPT-J (Wang and Komatsuzaki, 2021): attention and feed-forward side by side on one norm, interleaved partial rotary.</summary>
public static class GptJ
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gptj",
        ModelTypes = ["gptj"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: ["n_inner"]),
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"gptj","n_embd":32,"n_layer":2,"n_head":4,"vocab_size":128,"n_positions":128,"rotary_dim":4}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved, config.Fields.TryInt("rotary_dim") ?? config.HeadDim);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.ParallelBlock(
            new("attn", new Attention(CommonShape.Attention(config, rotary) with { OutputName = "out_proj" }, place)),
            new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "fc_in", "fc_out")),
            new("ln_1", Norm())), Norm(), parts => parts with
            {
                Embedding = new("transformer.wte", parts.Embedding.Module),
                BlocksPath = "transformer.h",
            }, finalNormName: "transformer.ln_f", headBias: true);
    }
}
