using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>StarCoder 1 (Li et al., 2023): GPT-2 with plain matrices and, usually, one key head for all queries.</summary>
public static class GptBigCode
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gpt_bigcode",
        ModelTypes = ["gpt_bigcode"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_pytorch_tanh", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: ["n_inner"]),
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["c_attn"],
        TinyConfig = """{"model_type":"gpt_bigcode","n_embd":32,"n_layer":2,"n_head":4,"vocab_size":128,"n_positions":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var single = config.Fields.Bool("multi_query", true);
        var scaled = config.Fields.Bool("scale_attn_weights", true);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("ln_1"),
            Mixer = new("attn", new Attention(CommonShape.Attention(config, null, true, true) with
            {
                KvHeads = single ? 1 : config.Heads,
                Scale = scaled ? null : 1,
                Layout = single ? ProjectionLayout.Blocks : ProjectionLayout.PerHead,
                InputNames = ["c_attn"],
                OutputName = "c_proj",
            }, place)),
            FeedForwardNorm = Norm("ln_2"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "c_fc", "c_proj")),
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.wte", parts.Embedding.Module),
            Positions = new("transformer.wpe", new TokenEmbedding(config.MaxPositions, config.HiddenSize, place)),
            BlocksPath = "transformer.h",
        }, finalNormName: "transformer.ln_f");
    }
}
