using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>A layer that mixes tokens.</summary>
public abstract class TokenMixer(string name) : nn.Module(name)
{
    /// <param name="x">(batch, tokens, hidden), already normed where the block norms first.</param>
    /// <param name="layer">Index of the layer, for the cache.</param>
    /// <returns>(batch, tokens, hidden)</returns>
    public abstract Tensor Forward(Tensor x, ForwardContext context, int layer);

    /// <summary>What this layer keeps per token, or null when it keeps nothing.</summary>
    public abstract CacheLayout? Cache { get; }

    /// <summary>The rotary positions in use, or null.</summary>
    public virtual RotaryEmbedding? Rotary => null;
}

/// <summary>How queries, keys and values lie in the projections of a checkpoint.</summary>
public enum ProjectionLayout
{
    /// <summary>Three matrices.</summary>
    Separate,
    /// <summary>One matrix: all queries, all keys, all values.</summary>
    Blocks,
    /// <summary>One matrix: per head query, key, value.</summary>
    PerHead,
    /// <summary>One matrix: per key head its queries, then the key, then the value.</summary>
    PerGroup,
    /// <summary>One matrix in four parts, each a quarter of the queries, values and keys, in this order.</summary>
    QuartersWithKeyLast,
}

/// <summary>When queries and keys are normed.</summary>
public enum NormMoment
{
    BeforeRotary,
    AfterRotary,
    /// <summary>Over the whole projection, before it is cut into heads.</summary>
    WholeWidth,
}

/// <summary>Plain parameters of multi-head attention.</summary>
public sealed record AttentionOptions
{
    public required int Hidden { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int HeadDim { get; init; }

    /// <summary>Factor on the scores; default headDim ** -0.5.</summary>
    public double? Scale { get; init; }
    public double SoftCap { get; init; }
    public AttentionPattern Pattern { get; init; } = AttentionPattern.Full;
    public RotaryEmbedding? Rotary { get; init; }
    public AlibiBias? Alibi { get; init; }
    public ProjectionLayout Layout { get; init; } = ProjectionLayout.Separate;

    /// <summary>Names in the checkpoint: query, key, value for separate matrices, else one.</summary>
    public IReadOnlyList<string> InputNames { get; init; } = ["q_proj", "k_proj", "v_proj"];
    public string OutputName { get; init; } = "o_proj";
    public bool InputBias { get; init; }
    public bool OutputBias { get; init; }

    /// <summary>Matrices stored as (in, out).</summary>
    public bool Transposed { get; init; }
    public nn.Module<Tensor, Tensor>? QueryNorm { get; init; }
    public nn.Module<Tensor, Tensor>? KeyNorm { get; init; }
    public string QueryNormName { get; init; } = "q_norm";
    public string KeyNormName { get; init; } = "k_norm";
    public NormMoment NormMoment { get; init; } = NormMoment.BeforeRotary;

    /// <summary>Norm of the heads' output before the output projection.</summary>
    public nn.Module<Tensor, Tensor>? OutputNorm { get; init; }
    public string OutputNormName { get; init; } = "attn_sub_norm";

    /// <summary>Projections are clamped to plus or minus this; 0 for none.</summary>
    public double Clip { get; init; }

    /// <summary>The clamp comes after a norm over the whole width.</summary>
    public bool ClipAfterNorm { get; init; }

    /// <summary>One logit per head that joins the softmax (tensor <c>sinks</c>).</summary>
    public bool Sinks { get; init; }

    /// <summary>Factor on queries by position, after rotary: (batch, tokens) positions to (batch, tokens, 1, 1).</summary>
    public Func<Tensor, Tensor>? QueryScale { get; init; }
}

/// <summary>Multi-head attention (Vaswani et al., 2017) with grouped keys (Ainslie et al., 2023), for every layout that checkpoints use.</summary>
public sealed class Attention : TokenMixer
{
    private readonly AttentionOptions options;
    private readonly ProjectionLinear[] inputs;
    private readonly ProjectionLinear output;
    private readonly AttentionScores scores;
    private readonly long[] widths;

    public Attention(AttentionOptions options, TensorPlace place) : base(nameof(Attention))
    {
        this.options = options;
        if (options.KvHeads < 1 || options.Heads % options.KvHeads != 0)
        {
            throw new InvalidDataException($"config.json: {options.Heads} attention heads do not divide by {options.KvHeads} key heads");
        }

        long q = (long)options.Heads * options.HeadDim, kv = (long)options.KvHeads * options.HeadDim;
        widths = [q, kv, kv];
        inputs = options.Layout == ProjectionLayout.Separate
            ? [.. widths.Select(w => new ProjectionLinear(options.Hidden, w, options.InputBias, place, options.Transposed))]
            : [new ProjectionLinear(options.Hidden, q + 2 * kv, options.InputBias, place, options.Transposed)];
        for (var i = 0; i < inputs.Length; i++)
        {
            register_module(options.InputNames[i], inputs[i]);
        }

        output = new ProjectionLinear(q, options.Hidden, options.OutputBias, place, options.Transposed);
        register_module(options.OutputName, output);
        foreach (var (norm, name) in ((nn.Module<Tensor, Tensor>?, string)[])[(options.QueryNorm, options.QueryNormName), (options.KeyNorm, options.KeyNormName), (options.OutputNorm, options.OutputNormName)])
        {
            if (norm is not null && name.Length > 0)
            {
                register_module(name, norm);
            }
        }

        TorchSharp.Modules.Parameter? sinks = null;
        if (options.Sinks)
        {
            sinks = Frozen.Parameter(place, options.Heads);
            register_parameter("sinks", sinks);
        }

        scores = new AttentionScores(options.Scale ?? 1 / Math.Sqrt(options.HeadDim)) { Pattern = options.Pattern, Alibi = options.Alibi, SoftCap = options.SoftCap, Sinks = sinks };
        Cache = new CacheLayout(options.KvHeads, options.HeadDim, options.HeadDim);
    }

    public override CacheLayout? Cache { get; }

    public override RotaryEmbedding? Rotary => options.Rotary;

    public override Tensor Forward(Tensor x, ForwardContext context, int layer)
    {
        var (q, k, v) = Project(x); // (batch, tokens, heads, headDim)
        if (options.QueryNorm is not null && options.NormMoment == NormMoment.BeforeRotary)
        {
            (q, k) = (options.QueryNorm.forward(q), options.KeyNorm!.forward(k));
        }

        if (options.Rotary is { } rotary)
        {
            var tables = context.Rotary(rotary, q.dtype);
            (q, k) = (rotary.Rotate(q, tables), rotary.Rotate(k, tables));
        }

        if (options.QueryNorm is not null && options.NormMoment == NormMoment.AfterRotary)
        {
            (q, k) = (options.QueryNorm.forward(q), options.KeyNorm!.forward(k));
        }

        if (options.QueryScale is { } byPosition)
        {
            q = q.mul(byPosition(context.Positions).to_type(q.dtype));
        }

        var mixed = TokenMixing.Mix(q, k, v, context, layer, scores);
        var flat = mixed.reshape(context.Batch, context.Tokens, (long)options.Heads * options.HeadDim);
        return output.forward(options.OutputNorm is null ? flat : options.OutputNorm.forward(flat));
    }

    private (Tensor Q, Tensor K, Tensor V) Project(Tensor x)
    {
        long batch = x.shape[0], tokens = x.shape[1];
        int heads = options.Heads, kvHeads = options.KvHeads, dim = options.HeadDim;
        Tensor q, k, v;
        switch (options.Layout)
        {
            case ProjectionLayout.Separate:
                (q, k, v) = (inputs[0].forward(x), inputs[1].forward(x), inputs[2].forward(x));
                break;
            case ProjectionLayout.Blocks:
                var parts = inputs[0].forward(x).split(widths, -1);
                (q, k, v) = (parts[0], parts[1], parts[2]);
                break;
            case ProjectionLayout.QuartersWithKeyLast:
                var quarters = inputs[0].forward(x).view(batch, tokens, 4, 3, widths[0] / 4);
                (q, v, k) = (quarters.select(3, 0).reshape(batch, tokens, -1), quarters.select(3, 1).reshape(batch, tokens, -1), quarters.select(3, 2).reshape(batch, tokens, -1));
                break;
            default:
                var groups = options.Layout == ProjectionLayout.PerHead ? 1 : heads / kvHeads;
                var cut = Clip(inputs[0].forward(x)).view(batch, tokens, kvHeads, groups + 2, dim).split([groups, 1, 1], 3);
                return (cut[0].reshape(batch, tokens, heads, dim), cut[1].squeeze(3), cut[2].squeeze(3));
        }

        if (options.Clip != 0 && !options.ClipAfterNorm)
        {
            (q, k, v) = (Clip(q), Clip(k), Clip(v));
        }

        if (options.QueryNorm is not null && options.NormMoment == NormMoment.WholeWidth)
        {
            (q, k) = (options.QueryNorm.forward(q), options.KeyNorm!.forward(k));
        }

        if (options.Clip != 0 && options.ClipAfterNorm)
        {
            (q, k, v) = (Clip(q), Clip(k), Clip(v));
        }

        return (q.view(batch, tokens, heads, dim), k.view(batch, tokens, kvHeads, dim), v.view(batch, tokens, kvHeads, dim));
    }

    private Tensor Clip(Tensor t) => options.Clip == 0 ? t : t.clamp(Scalars.Of(-options.Clip), Scalars.Of(options.Clip));
}
