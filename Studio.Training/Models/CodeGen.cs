using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>CodeGen (Nijkamp et al., 2022): the block of GPT-J with queries, values and keys in one matrix of four parts.</summary>
public static class CodeGen
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "codegen",
        ModelTypes = ["codegen"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: ["n_inner"]),
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["qkv_proj"],
        TinyConfig = """{"model_type":"codegen","n_embd":32,"n_layer":2,"n_head":4,"vocab_size":128,"n_positions":128,"rotary_dim":4}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(RotaryStyle.Interleaved, config.Fields.TryInt("rotary_dim") ?? config.HeadDim);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.ParallelBlock(
            new("attn", new Attention(CommonShape.Attention(config, rotary) with { Layout = ProjectionLayout.QuartersWithKeyLast, InputNames = ["qkv_proj"], OutputName = "out_proj" }, place)),
            new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "fc_in", "fc_out")),
            new("ln_1", Norm())), Norm(), parts => parts with
            {
                Embedding = new("transformer.wte", parts.Embedding.Module),
                BlocksPath = "transformer.h",
            }, finalNormName: "transformer.ln_f", headBias: true);
    }
}
