using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>GPT-NeoX and Pythia (Black et al., 2022): attention and feed-forward side by side on two norms, partial rotary, one matrix head by head.</summary>
public static class GptNeoX
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gpt_neox",
        ModelTypes = ["gpt_neox"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "gelu", eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        BasePrefix = "gpt_neox",
        DefaultTargets = ["query_key_value"],
        Gguf = new()
        {
            Architectures = ["gptneox"],
            Class = "GPTNeoXForCausalLM",
            Names =
            [
                new("gpt_neox.embed_in", "token_embd"),
                new("gpt_neox.final_layer_norm", "output_norm"),
                new("embed_out", "output"),
                new("gpt_neox.layers.{n}.input_layernorm", "blk.{n}.attn_norm"),
                new("gpt_neox.layers.{n}.post_attention_layernorm", "blk.{n}.ffn_norm"),
                new("gpt_neox.layers.{n}.attention.query_key_value", "blk.{n}.attn_qkv", GgufNames.PerHead),
                new("gpt_neox.layers.{n}.attention.dense", "blk.{n}.attn_output"),
                new("gpt_neox.layers.{n}.mlp.dense_h_to_4h", "blk.{n}.ffn_up"),
                new("gpt_neox.layers.{n}.mlp.dense_4h_to_h", "blk.{n}.ffn_down"),
            ],
            Config = (keys, config) =>
            {
                config["rotary_pct"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>();
                config["use_parallel_residual"] = keys.TryBool("use_parallel_residual") ?? true;
                config["attention_bias"] = keys.HasTensor("blk.0.attn_qkv.bias");
            },
        },
        TinyConfig = """{"model_type":"gpt_neox","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":128,"max_position_embeddings":128,"rotary_pct":0.25}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(partial: 0.25);
        var bias = config.Fields.Bool("attention_bias", true);
        var parallel = config.Fields.Bool("use_parallel_residual", true);
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        return CommonShape.Model(config, place, _ => new DecoderBlock(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("attention", new Attention(CommonShape.Attention(config, rotary, bias, bias) with { Layout = ProjectionLayout.PerHead, InputNames = ["query_key_value"], OutputName = "dense" }, place)),
            FeedForwardNorm = Norm("post_attention_layernorm"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "dense_h_to_4h", "dense_4h_to_h")),
            Parallel = parallel,
        }), Norm("").Module, parts => parts with
        {
            Embedding = new("gpt_neox.embed_in", parts.Embedding.Module),
            BlocksPath = "gpt_neox.layers",
            Head = parts.Head is { } head ? new("embed_out", head.Module) : null,
            HeadName = "embed_out",
        }, finalNormName: "gpt_neox.final_layer_norm");
    }
}
