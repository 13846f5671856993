using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>How scores are made from queries and keys.</summary>
internal sealed record AttentionScores(double Scale)
{
    public AttentionPattern Pattern { get; init; } = AttentionPattern.Full;
    public AlibiBias? Alibi { get; init; }
    public double SoftCap { get; init; }
    public Tensor? Sinks { get; init; }
}

/// <summary>Attention over what a token may see: the cache and the row, or its document in a packed row.</summary>
internal static class TokenMixing
{
    /// <param name="q">(batch, tokens, heads, headDim)</param>
    /// <param name="k">(batch, tokens, kvHeads, headDim)</param>
    /// <param name="v">(batch, tokens, kvHeads, valueDim)</param>
    /// <returns>(batch, tokens, heads, valueDim)</returns>
    public static Tensor Mix(Tensor q, Tensor k, Tensor v, ForwardContext context, int layer, AttentionScores scores) =>
        context.Documents is { } documents ? ByDocument(q, k, v, documents, context, scores) : Whole(q, k, v, context, layer, scores);

    private static Tensor Whole(Tensor q, Tensor k, Tensor v, ForwardContext context, int layer, AttentionScores scores)
    {
        (q, k, v) = (q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)); // (batch, heads, tokens, headDim)
        if (context.Input.Cache is { } cache)
        {
            var (allKeys, allValues) = cache.Append(layer, k, v, context.Plan!);
            if (!context.Square)
            {
                (k, v) = (allKeys, allValues);
            }
        }

        var bias = scores.Alibi is { } alibi ? context.Shared("alibi", () => alibi.For(context.KeyPositions)) : null;
        return AttentionKernel.Run(q, k, v, context.Mask(scores.Pattern), bias, scores.Scale, scores.SoftCap, scores.Sinks).transpose(1, 2);
    }

    // Documents of a packed batch are cut out one by one: each is a plain causal square, which is faster than one large mask.
    private static Tensor ByDocument(Tensor q, Tensor k, Tensor v, long[] documents, ForwardContext context, AttentionScores scores)
    {
        long batch = q.shape[0], tokens = q.shape[1];
        Tensor[] Cut(Tensor t) => t.reshape(1, -1, t.shape[2], t.shape[3]).transpose(1, 2).split(documents, 2);
        Tensor[] qs = Cut(q), ks = Cut(k), vs = Cut(v);
        var parts = new Tensor[documents.Length];
        for (var i = 0; i < documents.Length; i++)
        {
            parts[i] = context.Branches(i) is { } branches ? Branching(qs[i], ks[i], vs[i], branches, context, scores) : Square(qs[i], ks[i], vs[i], context, scores);
        }

        return cat(parts, 2).transpose(1, 2).reshape(batch, tokens, q.shape[2], v.shape[3]);
    }

    // The beginning with its first branch is a plain causal square; every other branch asks the beginning and itself.
    private static Tensor Branching(Tensor q, Tensor k, Tensor v, int[] lengths, ForwardContext context, AttentionScores scores)
    {
        var (beginning, at) = (lengths[0], lengths[0] + lengths[1]);
        List<Tensor> parts = [Square(q.narrow(2, 0, at), k.narrow(2, 0, at), v.narrow(2, 0, at), context, scores)];
        foreach (var length in lengths.Skip(2))
        {
            var start = at;
            Tensor Seen(Tensor t) => cat([t.narrow(2, 0, beginning), t.narrow(2, start, length)], 2);
            parts.Add(AttentionKernel.Run(q.narrow(2, start, length), Seen(k), Seen(v), context.BranchMask(scores.Pattern, beginning, length), Bias(beginning + length, context, scores), scores.Scale, scores.SoftCap, scores.Sinks));
            at += length;
        }

        return cat(parts, 2);
    }

    private static Tensor Square(Tensor q, Tensor k, Tensor v, ForwardContext context, AttentionScores scores)
    {
        var length = (int)q.shape[2];
        return AttentionKernel.Run(q, k, v, context.DocumentMask(scores.Pattern, length), Bias(length, context, scores), scores.Scale, scores.SoftCap, scores.Sinks);
    }

    private static Tensor? Bias(int length, ForwardContext context, AttentionScores scores) =>
        scores.Alibi?.For(context.Shared($"positions {length}", () => arange(length, dtype: ScalarType.Int64, device: context.Positions.device).unsqueeze(0)));
}
