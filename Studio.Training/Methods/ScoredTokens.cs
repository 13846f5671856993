using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>
/// Log-probabilities of chosen tokens without ever holding all logits: a first pass measures them in slices, an objective says what each is worth, and a second pass turns that into the gradient of the hidden states.
/// </summary>
public static class ScoredTokens
{
    // Elements of one slice of logits: 64 MB in fp32.
    private const long SliceElements = 1L << 24;

    /// <summary>What the model thinks of each target.</summary>
    /// <param name="LogProbabilities">(positions) fp32, outside of any graph.</param>
    /// <param name="LogSquares">(positions): log Σ_v p_v²; null unless asked for.</param>
    /// <param name="MeanLogits">(positions): mean over the vocabulary.</param>
    /// <param name="Entropies">(positions): entropy of the prediction; null unless asked for.</param>
    /// <param name="Kept">What spares <see cref="Attach"/> computing the logits again; null unless asked for and small.</param>
    public sealed record Measured(Tensor LogProbabilities, Tensor? LogSquares, Tensor MeanLogits, Tensor? Entropies = null, KeptLogits? Kept = null);

    /// <summary>Logits of all positions with their graph, when they fit into one slice.</summary>
    /// <param name="Source">(positions, hidden): a leaf that receives the gradient.</param>
    /// <param name="Logits">(positions, vocabulary)</param>
    public sealed record KeptLogits(Tensor Source, Tensor Logits) : IDisposable
    {
        public void Dispose()
        {
            Source.Dispose();
            Logits.Dispose();
        }
    }

    /// <param name="head">(rows, hidden) to logits (rows, vocabulary).</param>
    /// <param name="hidden">(positions, hidden)</param>
    /// <param name="targets">(positions) int64</param>
    /// <param name="keep">True when <see cref="Attach"/> follows.</param>
    public static Measured Measure(Func<Tensor, Tensor> head, Tensor hidden, Tensor targets, bool squares, bool entropies = false, bool keep = false)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var source = hidden.detach();
        KeptLogits? kept = null;
        List<Tensor> own = [], second = [], means = [], spread = [];
        foreach (var (start, rows) in Slices(head, source, targets.shape[0]))
        {
            using var slice = NewDisposeScope();
            Tensor logits;
            if (keep && hidden.requires_grad && rows == targets.shape[0])
            {
                using var graph = enable_grad();
                kept = new KeptLogits(source.requires_grad_(), head(source).MoveToOuterDisposeScope());
                logits = kept.Logits.detach().to_type(ScalarType.Float32);
            }
            else
            {
                logits = head(source.narrow(0, start, rows)).to_type(ScalarType.Float32);
            }

            means.Add(logits.mean([-1]).MoveToOuterDisposeScope());
            var logp = logits.log_softmax(-1);
            logits.Dispose();
            own.Add(logp.gather(1, targets.narrow(0, start, rows).unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope());
            if (squares)
            {
                second.Add(logp.mul(Scalars.Of(2.0)).logsumexp(-1).MoveToOuterDisposeScope());
            }

            if (entropies)
            {
                spread.Add(logp.exp().mul_(logp).sum(-1).neg_().MoveToOuterDisposeScope());
            }
        }

        kept?.Source.MoveToOuterDisposeScope();
        kept?.Logits.MoveToOuterDisposeScope();
        return own.Count == 0
            ? new Measured(Empty(hidden), squares ? Empty(hidden) : null, Empty(hidden), entropies ? Empty(hidden) : null)
            : new Measured(cat(own).MoveToOuterDisposeScope(), squares ? cat(second).MoveToOuterDisposeScope() : null, cat(means).MoveToOuterDisposeScope(), entropies ? cat(spread).MoveToOuterDisposeScope() : null, kept);
    }

    /// <summary>A scalar with the value of <paramref name="loss"/> whose derivative by <paramref name="hidden"/> is what <paramref name="slopes"/> (d loss / d log p) make of it.</summary>
    /// <param name="hidden">(positions, hidden), part of the graph.</param>
    /// <param name="slopes">(positions)</param>
    /// <param name="kept">What the measurement of the same positions kept; used up.</param>
    public static Tensor Attach(Func<Tensor, Tensor> head, Tensor hidden, Tensor targets, Tensor slopes, double loss, KeptLogits? kept = null)
    {
        Tensor gradient;
        using (var scope = NewDisposeScope())
        using (no_grad())
        {
            if (kept is not null)
            {
                Backward(kept.Logits, targets, slopes);
                gradient = kept.Source.grad!.MoveToOuterDisposeScope();
                kept.Dispose();
            }
            else
            {
                var source = hidden.detach();
                var all = empty_like(source);
                foreach (var (start, rows) in Slices(head, source, targets.shape[0]))
                {
                    using var slice = NewDisposeScope();
                    var part = source.narrow(0, start, rows).clone().requires_grad_();
                    Tensor logits;
                    using (enable_grad())
                    {
                        logits = head(part);
                    }

                    Backward(logits, targets.narrow(0, start, rows), slopes.narrow(0, start, rows));
                    all.narrow(0, start, rows).copy_(part.grad!);
                }

                gradient = all.MoveToOuterDisposeScope();
            }
        }

        var value = tensor((float)loss, device: hidden.device);
        if (!hidden.requires_grad)
        {
            return value.requires_grad_();
        }

        var carrier = hidden.mul(gradient).sum().to_type(ScalarType.Float32);
        return carrier - carrier.detach() + value;
    }

    // d log p_y / d logits = onehot(y) − p
    private static void Backward(Tensor logits, Tensor targets, Tensor slopes)
    {
        var weight = slopes.unsqueeze(1);
        var slope = logits.detach().softmax(-1, ScalarType.Float32).mul_(-weight);
        slope.scatter_add_(1, targets.unsqueeze(1), weight);
        logits.backward([slope.to_type(logits.dtype)]);
    }

    private static Tensor Empty(Tensor beside) => zeros([0], ScalarType.Float32, beside.device);

    private static IEnumerable<(long Start, long Rows)> Slices(Func<Tensor, Tensor> head, Tensor source, long count)
    {
        if (count == 0)
        {
            yield break;
        }

        long vocabulary;
        using (NewDisposeScope())
        {
            vocabulary = head(source.narrow(0, 0, 1)).shape[^1];
        }

        var most = Math.Max(64, SliceElements / vocabulary);
        for (var start = 0L; start < count; start += most)
        {
            yield return (start, Math.Min(most, count - start));
        }
    }
}
