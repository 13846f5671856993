using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Plain parameters of multi-head latent attention.</summary>
public sealed record LatentAttentionOptions
{
    public required int Hidden { get; init; }
    public required int Heads { get; init; }

    /// <summary>Width of the latent of queries; null projects them directly.</summary>
    public int? QueryRank { get; init; }

    /// <summary>Width of the shared latent of keys and values.</summary>
    public required int KeyValueRank { get; init; }

    /// <summary>Dimensions of a head without positions.</summary>
    public required int PlainDim { get; init; }
    public required int ValueDim { get; init; }

    /// <summary>Positions of the other dimensions of a head.</summary>
    public required RotaryEmbedding Rotary { get; init; }
    public required double Scale { get; init; }
    public bool Bias { get; init; }
}

/// <summary>Multi-head latent attention (DeepSeek-V2, 2024): queries, keys and values pass through narrow latents, and one rotary key is shared by all heads.</summary>
public sealed class LatentAttention : TokenMixer
{
    private const double LatentEps = 1e-6;
    private readonly LatentAttentionOptions options;
    private readonly ProjectionLinear? query, queryDown, queryUp;
    private readonly ProjectionLinear keyValueDown, keyValueUp, output;
    private readonly RmsNorm? queryNorm;
    private readonly RmsNorm keyValueNorm;
    private readonly AttentionScores scores;
    private readonly int turned;

    public LatentAttention(LatentAttentionOptions options, TensorPlace place) : base(nameof(LatentAttention))
    {
        this.options = options;
        turned = options.Rotary.Dimensions;
        long width = (long)options.Heads * (options.PlainDim + turned);
        if (options.QueryRank is { } rank)
        {
            queryDown = new ProjectionLinear(options.Hidden, rank, options.Bias, place);
            queryNorm = new RmsNorm(rank, LatentEps, place);
            queryUp = new ProjectionLinear(rank, width, false, place);
            register_module("q_a_proj", queryDown);
            register_module("q_a_layernorm", queryNorm);
            register_module("q_b_proj", queryUp);
        }
        else
        {
            query = new ProjectionLinear(options.Hidden, width, false, place);
            register_module("q_proj", query);
        }

        keyValueDown = new ProjectionLinear(options.Hidden, options.KeyValueRank + turned, options.Bias, place);
        keyValueNorm = new RmsNorm(options.KeyValueRank, LatentEps, place);
        keyValueUp = new ProjectionLinear(options.KeyValueRank, (long)options.Heads * (options.PlainDim + options.ValueDim), false, place);
        output = new ProjectionLinear((long)options.Heads * options.ValueDim, options.Hidden, options.Bias, place);
        register_module("kv_a_proj_with_mqa", keyValueDown);
        register_module("kv_a_layernorm", keyValueNorm);
        register_module("kv_b_proj", keyValueUp);
        register_module("o_proj", output);
        scores = new AttentionScores(options.Scale);
        Cache = new CacheLayout(options.Heads, options.PlainDim + turned, options.ValueDim);
    }

    public override CacheLayout? Cache { get; }

    public override RotaryEmbedding? Rotary => options.Rotary;

    public override Tensor Forward(Tensor x, ForwardContext context, int layer)
    {
        long batch = x.shape[0], tokens = x.shape[1], heads = options.Heads, plain = options.PlainDim;
        var tables = context.Rotary(options.Rotary, x.dtype);
        var q = (query is not null ? query.forward(x) : queryUp!.forward(queryNorm!.forward(queryDown!.forward(x)))).view(batch, tokens, heads, plain + turned);
        q = cat([q.narrow(-1, 0, plain), options.Rotary.Rotate(q.narrow(-1, plain, turned), tables)], -1);

        var down = keyValueDown.forward(x);
        var shared = options.Rotary.Rotate(down.narrow(-1, options.KeyValueRank, turned).unsqueeze(2), tables); // (batch, tokens, 1, turned)
        var up = keyValueUp.forward(keyValueNorm.forward(down.narrow(-1, 0, options.KeyValueRank))).view(batch, tokens, heads, plain + options.ValueDim);
        var k = cat([up.narrow(-1, 0, plain), shared.expand(batch, tokens, heads, turned)], -1);
        var v = up.narrow(-1, plain, options.ValueDim);
        var mixed = TokenMixing.Mix(q, k, v, context, layer, scores);
        return output.forward(mixed.reshape(batch, tokens, heads * options.ValueDim));
    }
}
