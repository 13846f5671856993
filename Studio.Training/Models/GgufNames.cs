using static TorchSharp.torch;

namespace Studio.Training.Models;

/// <summary>Name tables and value changes that several families share.</summary>
internal static class GgufNames
{
    /// <summary>The table of Llama and of all that kept its names.</summary>
    /// <param name="rotaryPermuted">Query and key rows were permuted to interleaved pairs.</param>
    /// <param name="norm">Change on norm weights.</param>
    public static GgufName[] Llama(bool rotaryPermuted = false, Func<Tensor, DecoderConfig, Tensor>? norm = null, string secondNorm = "ffn_norm") =>
    [
        new("model.embed_tokens", "token_embd"),
        new("model.norm", "output_norm", norm),
        new("lm_head", "output"),
        new("model.layers.{n}.input_layernorm", "blk.{n}.attn_norm", norm),
        new("model.layers.{n}.self_attn.q_proj", "blk.{n}.attn_q", rotaryPermuted ? Queries : null),
        new("model.layers.{n}.self_attn.k_proj", "blk.{n}.attn_k", rotaryPermuted ? Keys : null),
        new("model.layers.{n}.self_attn.v_proj", "blk.{n}.attn_v"),
        new("model.layers.{n}.self_attn.o_proj", "blk.{n}.attn_output"),
        new("model.layers.{n}.self_attn.q_norm", "blk.{n}.attn_q_norm", norm),
        new("model.layers.{n}.self_attn.k_norm", "blk.{n}.attn_k_norm", norm),
        new("model.layers.{n}.post_attention_layernorm", $"blk.{{n}}.{secondNorm}", norm),
        new("model.layers.{n}.mlp.gate_proj", "blk.{n}.ffn_gate"),
        new("model.layers.{n}.mlp.up_proj", "blk.{n}.ffn_up"),
        new("model.layers.{n}.mlp.down_proj", "blk.{n}.ffn_down"),
    ];

    /// <summary>Undoes the permutation of rotary rows, for as many heads as queries have.</summary>
    public static Tensor Queries(Tensor weight, DecoderConfig config) => Unpermute(weight, config.Heads);

    /// <summary>Undoes the permutation of rotary rows, for as many heads as keys have.</summary>
    public static Tensor Keys(Tensor weight, DecoderConfig config) => Unpermute(weight, config.KvHeads);

    /// <summary>Norm weights that the converter stored as 1 + weight.</summary>
    public static Tensor MinusOne(Tensor weight, DecoderConfig config) => weight.to_type(ScalarType.Float32).sub(Native.Scalars.One);

    /// <summary>As <see cref="MinusOne"/> for norms that also have a bias, which is left alone.</summary>
    public static GgufName[] LayerNormsMinusOne(string checkpoint, string gguf) => [new(checkpoint + ".weight", gguf + ".weight", MinusOne), new(checkpoint + ".bias", gguf + ".bias")];

    /// <summary>A matrix stored the other way round.</summary>
    public static Tensor Transposed(Tensor weight, DecoderConfig config) => weight.dim() == 2 ? weight.t().contiguous() : weight;

    /// <summary>Fused rows [3, heads, dim] back to [heads, 3, dim].</summary>
    public static Tensor PerHead(Tensor weight, DecoderConfig config)
    {
        var shape = weight.shape;
        long[] rest = [.. shape.Skip(1)];
        return weight.reshape([3, config.Heads, shape[0] / 3 / config.Heads, .. rest]).transpose(0, 1).reshape(shape);
    }

    private static Tensor Unpermute(Tensor weight, int heads)
    {
        var shape = weight.shape;
        long[] rest = [.. shape.Skip(1)];
        return weight.reshape([heads, shape[0] / heads / 2, 2, .. rest]).transpose(1, 2).reshape(shape);
    }
}
