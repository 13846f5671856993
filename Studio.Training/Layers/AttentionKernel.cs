using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Softmax attention over heads: libtorch's fused kernels where they can do it, plain products where they cannot (soft caps, sinks).</summary>
internal static class AttentionKernel
{
    /// <param name="q">(batch, heads, queries, headDim)</param>
    /// <param name="k">(batch, kvHeads, keys, headDim)</param>
    /// <param name="v">(batch, kvHeads, keys, valueDim)</param>
    /// <param name="mask">(batch or 1, 1, queries, keys) bool, true = visible; null for causal (or, with one query, everything).</param>
    /// <param name="bias">(batch or 1, heads, 1, keys) added to the scores.</param>
    /// <param name="softCap">Scores s become c · tanh(s / c); 0 for none.</param>
    /// <param name="sinks">(heads) logits that join the softmax and are dropped.</param>
    /// <returns>(batch, heads, queries, valueDim)</returns>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor? mask, Tensor? bias, double scale, double softCap, Tensor? sinks)
    {
        long queries = q.shape[2], keys = k.shape[2];
        var causal = mask is null && queries > 1;
        if (softCap == 0 && sinks is null && !PlainIsFaster(q, queries, keys))
        {
            if (bias is not null)
            {
                var visible = mask ?? (causal ? ones([queries, keys], dtype: ScalarType.Bool, device: q.device).tril() : null);
                mask = (visible is null ? bias : bias.masked_fill(visible.logical_not(), Scalars.MinusInfinity)).to_type(q.dtype);
                causal = false;
            }

            return Dispatcher.ScaledDotProductAttention(q, k, v, mask, causal, scale);
        }

        return Plain(q, k, v, mask, causal, bias, scale, softCap, sinks);
    }

    // Measured on a CPU with bf16 units, forward and backward: the plain products take half the time of the flash kernel at 512 tokens, a third at 128.
    // They keep all probabilities for the backward pass, so they stop where that grows large.
    private static bool PlainIsFaster(Tensor q, long queries, long keys) =>
        q.dtype == ScalarType.BFloat16 && q.device.type == DeviceType.CPU && queries * keys * q.shape[0] * q.shape[1] <= (is_grad_enabled() ? GradientCells : ForwardCells);

    private const long GradientCells = 16 << 20, ForwardCells = 64 << 20;

    private static Tensor Plain(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal, Tensor? bias, double scale, double softCap, Tensor? sinks)
    {
        var shape = q.shape;
        long batch = shape[0], heads = shape[1], queries = shape[2], kvHeads = k.shape[1], keys = k.shape[2];
        var groups = heads / kvHeads;

        // The query heads of one key head become rows of one product, so keys are never repeated. Scaling q is cheaper than scaling the scores.
        var scaled = q.mul(Scalars.Of(scale));
        var grouped = groups == 1 ? scaled : scaled.reshape(batch, kvHeads, groups * queries, shape[3]);
        var scores = matmul(grouped, k.transpose(-2, -1)).view(batch, heads, queries, keys);
        if (softCap != 0)
        {
            scores = scores.mul(Scalars.Of(1 / softCap)).tanh().mul(Scalars.Of(softCap));
        }

        if (bias is not null)
        {
            scores = scores.add_(bias.to_type(scores.dtype));
        }

        if (mask is not null)
        {
            scores = scores.masked_fill_(mask.logical_not(), Scalars.MinusInfinity);
        }
        else if (causal)
        {
            scores = scores.add_(CausalMask.For(queries, keys, scores.dtype, scores.device));
        }

        Tensor weights;
        if (sinks is null)
        {
            weights = nn.functional.softmax(scores, -1);
        }
        else
        {
            var column = sinks.to_type(scores.dtype).view(1, -1, 1, 1).expand(batch, heads, queries, 1);
            weights = nn.functional.softmax(cat([scores, column], -1), -1).narrow(-1, 0, keys);
        }

        return matmul(groups == 1 ? weights : weights.reshape(batch, kvHeads, groups * queries, keys), v).view(batch, heads, queries, v.shape[3]);
    }
}
