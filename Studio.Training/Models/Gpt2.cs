using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>GPT-2 (Radford et al., 2019): learned positions, layer norms, matrices stored as (in, out).</summary>
public static class Gpt2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gpt2",
        ModelTypes = ["gpt2"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: ["n_inner"]),
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["c_attn"],
        Gguf = new()
        {
            Architectures = ["gpt2"],
            Class = "GPT2LMHeadModel",
            Names =
            [
                new("transformer.wte", "token_embd"),
                new("transformer.wpe", "position_embd"),
                new("transformer.ln_f", "output_norm"),
                new("lm_head", "output"),
                new("transformer.h.{n}.ln_1", "blk.{n}.attn_norm"),
                new("transformer.h.{n}.attn.c_attn", "blk.{n}.attn_qkv", GgufNames.Transposed),
                new("transformer.h.{n}.attn.c_proj", "blk.{n}.attn_output", GgufNames.Transposed),
                new("transformer.h.{n}.ln_2", "blk.{n}.ffn_norm"),
                new("transformer.h.{n}.mlp.c_fc", "blk.{n}.ffn_up", GgufNames.Transposed),
                new("transformer.h.{n}.mlp.c_proj", "blk.{n}.ffn_down", GgufNames.Transposed),
            ],
            Config = (_, config) => (config["layer_norm_epsilon"], config["n_inner"]) = (config["layer_norm_eps"]?.DeepClone(), config["intermediate_size"]?.DeepClone()),
        },
        TinyConfig = """{"model_type":"gpt2","n_embd":32,"n_layer":2,"n_head":4,"vocab_size":128,"n_positions":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        bool scaled = fields.Bool("scale_attn_weights", true), byLayer = fields.Bool("scale_attn_by_inverse_layer_idx", false);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("ln_1"),
            Mixer = new("attn", new Attention(new AttentionOptions
            {
                Hidden = config.HiddenSize,
                Heads = config.Heads,
                KvHeads = config.Heads,
                HeadDim = config.HeadDim,
                Scale = (scaled ? Math.Pow(config.HeadDim, -0.5) : 1) / (byLayer ? layer + 1 : 1),
                Layout = ProjectionLayout.Blocks,
                InputNames = ["c_attn"],
                OutputName = "c_proj",
                InputBias = true,
                OutputBias = true,
                Transposed = true,
            }, place)),
            FeedForwardNorm = Norm("ln_2"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "c_fc", "c_proj", transposed: true)),
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.wte", parts.Embedding.Module),
            Positions = new("transformer.wpe", new TokenEmbedding(config.MaxPositions, config.HiddenSize, place)),
            BlocksPath = "transformer.h",
        }, finalNormName: "transformer.ln_f");
    }
}
