using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>BLOOM (Le Scao et al., 2022): linear biases instead of positions, a norm on the embeddings, queries, keys and values in one matrix head by head.</summary>
public static class Bloom
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "bloom",
        ModelTypes = ["bloom"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: []),
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["query_key_value"],
        Gguf = new()
        {
            Architectures = ["bloom"],
            Class = "BloomForCausalLM",
            Names =
            [
                new("transformer.word_embeddings", "token_embd"),
                new("transformer.word_embeddings_layernorm", "token_embd_norm"),
                new("transformer.ln_f", "output_norm"),
                new("lm_head", "output"),
                new("transformer.h.{n}.input_layernorm", "blk.{n}.attn_norm"),
                new("transformer.h.{n}.self_attention.query_key_value", "blk.{n}.attn_qkv", GgufNames.PerHead),
                new("transformer.h.{n}.self_attention.dense", "blk.{n}.attn_output"),
                new("transformer.h.{n}.post_attention_layernorm", "blk.{n}.ffn_norm"),
                new("transformer.h.{n}.mlp.dense_h_to_4h", "blk.{n}.ffn_up"),
                new("transformer.h.{n}.mlp.dense_4h_to_h", "blk.{n}.ffn_down"),
            ],
            Config = (_, config) => config["layer_norm_epsilon"] = config["layer_norm_eps"]?.DeepClone(),
        },
        TinyConfig = """{"model_type":"bloom","hidden_size":32,"n_layer":2,"n_head":4,"vocab_size":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var alibi = new AlibiBias(AlibiBias.Slopes(config.Heads));
        var afterNorm = config.Fields.Bool("apply_residual_connection_post_layernorm", false);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("self_attention", new Attention(new AttentionOptions
            {
                Hidden = config.HiddenSize,
                Heads = config.Heads,
                KvHeads = config.Heads,
                HeadDim = config.HiddenSize / config.Heads,
                Alibi = alibi,
                Layout = ProjectionLayout.PerHead,
                InputNames = ["query_key_value"],
                OutputName = "dense",
                InputBias = true,
                OutputBias = true,
            }, place)),
            FeedForwardNorm = Norm("post_attention_layernorm"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, 4 * config.HiddenSize, "gelu_new", place, true, "dense_h_to_4h", "dense_4h_to_h")),
            ResidualAfterNorm = afterNorm,
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.word_embeddings", parts.Embedding.Module),
            EmbeddingNorm = Norm("transformer.word_embeddings_layernorm"),
            BlocksPath = "transformer.h",
        }, finalNormName: "transformer.ln_f");
    }
}
