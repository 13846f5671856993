using System.Text.Json.Nodes;
using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>MPT (MosaicML, 2023): linear biases, no biases on matrices, queries, keys and values in one clamped matrix.</summary>
public static class Mpt
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "mpt",
        ModelTypes = ["mpt"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: []) with { Activation = "gelu" },
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["Wqkv"],
        Gguf = new()
        {
            Architectures = ["mpt"],
            Class = "MptForCausalLM",
            Names =
            [
                new("transformer.wte", "token_embd"),
                new("transformer.norm_f", "output_norm"),
                new("lm_head", "output"),
                new("transformer.blocks.{n}.norm_1", "blk.{n}.attn_norm"),
                new("transformer.blocks.{n}.norm_2", "blk.{n}.ffn_norm"),
                new("transformer.blocks.{n}.attn.Wqkv", "blk.{n}.attn_qkv"),
                new("transformer.blocks.{n}.attn.out_proj", "blk.{n}.attn_output"),
                new("transformer.blocks.{n}.ffn.up_proj", "blk.{n}.ffn_up"),
                new("transformer.blocks.{n}.ffn.down_proj", "blk.{n}.ffn_down"),
            ],
            Config = (keys, config) =>
            {
                config["attn_config"] = new JsonObject { ["alibi_bias_max"] = keys.TryNumber("attention.max_alibi_bias") ?? 8, ["clip_qkv"] = keys.TryNumber("attention.clamp_kqv") };
                config["layer_norm_epsilon"] = config["layer_norm_eps"]?.DeepClone();
            },
        },
        TinyConfig = """{"model_type":"mpt","d_model":32,"n_layers":2,"n_heads":4,"vocab_size":128,"max_seq_len":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var attention = config.Fields.TryObject("attn_config");
        var alibi = new AlibiBias(AlibiBias.InterleavedSlopes(config.Heads, attention?.Double("alibi_bias_max", 8) ?? 8));
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place, bias: false));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("norm_1"),
            Mixer = new("attn", new Attention(CommonShape.Attention(config, null) with
            {
                Alibi = alibi,
                Scale = attention?.TryDouble("softmax_scale"),
                Clip = attention?.Double("clip_qkv", 0) ?? 0,
                Layout = ProjectionLayout.Blocks,
                InputNames = ["Wqkv"],
                OutputName = "out_proj",
            }, place)),
            FeedForwardNorm = Norm("norm_2"),
            FeedForward = new("ffn", new PlainFeedForward(config.HiddenSize, 4 * config.HiddenSize, config.Activation, place, false, "up_proj", "down_proj")),
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.wte", parts.Embedding.Module),
            BlocksPath = "transformer.blocks",
        }, finalNormName: "transformer.norm_f");
    }
}
