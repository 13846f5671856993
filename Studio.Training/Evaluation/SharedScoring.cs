using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Evaluation;

/// <summary>
/// Log-likelihoods of several continuations per context: the common beginning of the contexts goes through the model once, then each context's own rest, then the continuations, all on keys and values copied from the step before.
/// A continuation of one token costs no pass of its own.
/// </summary>
internal sealed class SharedScoring(PretrainedModel model, TokenScores scores)
{
    // Padded tokens of one forward pass, and tokens held by a cache.
    private const int BatchTokens = 2048;
    private const int CacheTokens = 8192;

    public void Score(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, SharedPrefix shared, LogLikelihood[] results, CancellationToken cancellation)
    {
        using var beginning = shared.Prefix > 0 ? Beginning(shared.Contexts[0].Context, shared.Prefix) : null;
        var order = shared.Contexts.OrderByDescending(c => c.Context.Count).ToList();
        for (var at = 0; at < order.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            var longest = order[at].Context.Count;
            var rows = order.Skip(at).Take(Math.Max(1, Math.Min(BatchTokens / (longest - shared.Prefix), CacheTokens / longest))).ToList();
            Contexts(pairs, rows, shared.Prefix, beginning, results, cancellation);
            at += rows.Count;
        }
    }

    private KvCache Beginning(IReadOnlyList<int> context, int tokens)
    {
        var cache = model.Model.CreateCache(1, tokens);
        for (var start = 0; start < tokens; start += BatchTokens)
        {
            using var scope = NewDisposeScope();
            model.Model.Hidden(new ForwardInput(Grid([[.. context.Skip(start).Take(Math.Min(BatchTokens, tokens - start))]])) { Cache = cache });
        }

        return cache;
    }

    private void Contexts(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, List<SharedContext> rows, int prefix, KvCache? beginning, LogLikelihood[] results, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var cache = model.Model.CreateCache(rows.Count, rows.Max(r => r.Context.Count));
        for (var row = 0; beginning is not null && row < rows.Count; row++)
        {
            cache.CopyFrom(beginning, 0, row, prefix);
        }

        List<int[]> rests = [.. rows.Select(r => r.Context.Skip(prefix).ToArray())];
        var width = rests.Max(r => r.Length);
        var hidden = Hidden(cache, rests);
        List<long> places = [], targets = [];
        List<(int Row, int Pair)> members = [];
        for (var row = 0; row < rows.Count; row++)
        {
            foreach (var pair in rows[row].Pairs)
            {
                members.Add((row, pair));
                places.Add(((long)row * width) + rests[row].Length - 1);
                targets.Add(pairs[pair].Continuation[0]);
            }
        }

        var first = scores.Of(hidden, places, targets);
        for (var i = 0; i < members.Count; i++)
        {
            results[members[i].Pair] = new LogLikelihood(first.Logs[i], first.Best[i], 1);
        }

        var longer = members.Where(m => pairs[m.Pair].Continuation.Count > 1).OrderByDescending(m => pairs[m.Pair].Continuation.Count).ToList();
        for (var at = 0; at < longer.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            var tokens = pairs[longer[at].Pair].Continuation.Count;
            var held = rows.Max(r => r.Context.Count) + tokens;
            var some = longer.Skip(at).Take(Math.Max(1, Math.Min(BatchTokens / tokens, CacheTokens / held))).ToList();
            Continuations(pairs, some, cache, held, results);
            at += some.Count;
        }
    }

    private void Continuations(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, List<(int Row, int Pair)> rows, KvCache contexts, int tokens, LogLikelihood[] results)
    {
        using var scope = NewDisposeScope();
        using var cache = model.Model.CreateCache(rows.Count, tokens);
        for (var row = 0; row < rows.Count; row++)
        {
            cache.CopyFrom(contexts, rows[row].Row, row, contexts.Lengths[rows[row].Row]);
        }

        List<int[]> texts = [.. rows.Select(r => pairs[r.Pair].Continuation.ToArray())];
        List<int[]> asked = [.. texts.Select(t => t[..^1])];
        var width = asked.Max(t => t.Length);
        var hidden = Hidden(cache, asked);
        List<long> places = [], targets = [];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 1; i < texts[row].Length; i++)
            {
                places.Add(((long)row * width) + i - 1);
                targets.Add(texts[row][i]);
            }
        }

        var (logs, best) = scores.Of(hidden, places, targets);
        for (int row = 0, at = 0; row < rows.Count; at += asked[row].Length, row++)
        {
            var sum = results[rows[row].Pair].Sum;
            var greedy = results[rows[row].Pair].IsGreedy;
            for (var i = at; i < at + asked[row].Length; i++)
            {
                sum += logs[i];
                greedy &= best[i];
            }

            results[rows[row].Pair] = new LogLikelihood(sum, greedy, texts[row].Length);
        }
    }

    private Tensor Hidden(KvCache cache, List<int[]> rows)
    {
        var width = rows.Max(r => r.Length);
        cache.Activate([.. Enumerable.Range(0, rows.Count)]);
        return model.Model.Hidden(new ForwardInput(Grid(rows)) { Cache = cache, NewTokens = rows.Exists(r => r.Length != width) ? [.. rows.Select(r => r.Length)] : null });
    }

    private Tensor Grid(List<int[]> rows)
    {
        var width = rows.Max(r => r.Length);
        var flat = new long[rows.Count * width];
        Array.Fill(flat, model.PadTokenId);
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < rows[row].Length; i++)
            {
                flat[(row * width) + i] = rows[row][i];
            }
        }

        return tensor(flat, [rows.Count, width], device: model.Model.Place.Device);
    }
}
