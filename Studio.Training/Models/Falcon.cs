using static TorchSharp.torch;
using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>Falcon (Almazrouei et al., 2023) in its three layouts: grouped keys with two norms, one key head, or one matrix head by head with linear biases.</summary>
public static class Falcon
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "falcon",
        ModelTypes = ["falcon", "RefinedWeb", "RefinedWebModel"],
        ReadConfig = ReadConfig,
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["query_key_value"],
        Gguf = new()
        {
            Architectures = ["falcon"],
            Class = "FalconForCausalLM",
            Names =
            [
                new("transformer.word_embeddings", "token_embd"),
                new("transformer.ln_f", "output_norm"),
                new("lm_head", "output"),
                new("transformer.h.{n}.input_layernorm", "blk.{n}.attn_norm"),
                new("transformer.h.{n}.ln_mlp", "blk.{n}.attn_norm"),
                new("transformer.h.{n}.ln_attn", "blk.{n}.attn_norm_2"),
                new("transformer.h.{n}.self_attention.query_key_value", "blk.{n}.attn_qkv", Groups),
                new("transformer.h.{n}.self_attention.dense", "blk.{n}.attn_output"),
                new("transformer.h.{n}.mlp.dense_h_to_4h", "blk.{n}.ffn_up"),
                new("transformer.h.{n}.mlp.dense_4h_to_h", "blk.{n}.ffn_down"),
            ],
            Config = (keys, config) =>
            {
                var kv = keys.TryInt("attention.head_count_kv") ?? 1;
                config["new_decoder_architecture"] = keys.HasTensor("blk.0.attn_norm_2.weight") || kv > 1;
                config["num_ln_in_parallel_attn"] = keys.HasTensor("blk.0.attn_norm_2.weight") ? 2 : 1;
                config["multi_query"] = kv == 1;
                config["num_kv_heads"] = kv;
                config["layer_norm_epsilon"] = config["layer_norm_eps"]?.DeepClone();
                config["ffn_hidden_size"] = config["intermediate_size"]?.DeepClone();
            },
        },
        TinyConfig = """{"model_type":"falcon","hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,"num_kv_heads":2,"vocab_size":128,"new_decoder_architecture":true}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        bool grouped = fields.Bool("new_decoder_architecture", false), single = fields.Bool("multi_query", true), parallel = fields.Bool("parallel_attn", true), bias = fields.Bool("bias", false);
        var linearBiases = fields.Bool("alibi", false);
        var rotary = linearBiases ? null : config.Rotary();
        // The reference's plain attention adds the bias twice, once with its mask and once with the scores, each divided by sqrt(headDim); its outputs are what we are measured by.
        var alibi = linearBiases ? new AlibiBias(AlibiBias.Slopes(config.Heads), roundToBf16: true, scale: 2 / Math.Sqrt(config.HeadDim)) : null;
        var twoNorms = grouped && fields.Int("num_ln_in_parallel_attn", 2) == 2;
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm(twoNorms ? "ln_attn" : "input_layernorm"),
            Mixer = new("self_attention", new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                Alibi = alibi,
                Layout = grouped ? ProjectionLayout.PerGroup : single ? ProjectionLayout.Blocks : ProjectionLayout.PerHead,
                InputNames = ["query_key_value"],
                OutputName = "dense",
            }, place)),
            FeedForwardNorm = twoNorms ? Norm("ln_mlp") : grouped || parallel ? null : Norm("post_attention_layernorm"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bias, "dense_h_to_4h", "dense_4h_to_h")),
            Parallel = grouped || parallel,
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("transformer.word_embeddings", parts.Embedding.Module),
            BlocksPath = "transformer.h",
        }, finalNormName: "transformer.ln_f");
    }

    private static DecoderConfig ReadConfig(ConfigReader fields)
    {
        var config = CommonShape.Read(fields, tied: true, activation: "gelu", eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: ["ffn_hidden_size"], kvNames: ["num_kv_heads", "n_head_kv"]);
        var kvHeads = fields.Bool("new_decoder_architecture", false) ? config.KvHeads : fields.Bool("multi_query", true) ? 1 : config.Heads;
        return config with { KvHeads = kvHeads, HeadDim = config.HiddenSize / config.Heads, Activation = fields.Text("activation", "gelu") };
    }

    // All queries, all keys, all values back to groups of queries with their key and value.
    private static Tensor Groups(Tensor weight, DecoderConfig config)
    {
        if (!config.Fields.Bool("new_decoder_architecture", false))
        {
            return weight;
        }

        long[] rest = [.. weight.shape.Skip(1)];
        int kv = config.KvHeads, perGroup = config.Heads / config.KvHeads, dim = config.HeadDim;
        var parts = weight.split([(long)config.Heads * dim, (long)kv * dim, (long)kv * dim], 0);
        return cat([parts[0].reshape([kv, perGroup, dim, .. rest]), parts[1].reshape([kv, 1, dim, .. rest]), parts[2].reshape([kv, 1, dim, .. rest])], 1).reshape(weight.shape);
    }
}
