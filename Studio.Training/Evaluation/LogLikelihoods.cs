using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Evaluation;

/// <summary>What a model thinks of a continuation.</summary>
/// <param name="Sum">Sum of the natural log-probabilities of its tokens.</param>
/// <param name="IsGreedy">Every token is the most likely one at its place.</param>
public readonly record struct LogLikelihood(double Sum, bool IsGreedy, int Tokens);

/// <summary>Log-likelihoods of continuations by the rules of lm-evaluation-harness, for the base or with an adapter; similar lengths run together, padded on the right.</summary>
/// <param name="share">False computes every pair on its own, for comparison.</param>
public sealed class LogLikelihoods(PretrainedModel model, LoraAdapter? adapter, bool share = true)
{
    // Padded tokens of one forward pass.
    private const int BatchTokens = 4096;

    private readonly TokenScores scores = new(model);

    private readonly bool startsWithBos = model.BosTokenId is { } bos && model.Tokenizer.Encode("a").Ids is [var first, ..] && first == bos;

    /// <summary>Token that stands for an empty context: the beginning of a text, else its end.</summary>
    public int PrefixToken { get; } = model.BosTokenId ?? (model.EosTokenIds.Count > 0 ? model.EosTokenIds[0] : model.PadTokenId);

    /// <summary>Tokens the model can see at once.</summary>
    public int ContextLength => model.Config.MaxPositions;

    /// <summary>Tokens of a text, with the token a text begins with where the tokenizer adds it.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = model.Tokenizer.Encode(text, addSpecialTokens: false).Ids;
        return startsWithBos ? [PrefixToken, .. ids] : ids;
    }

    public IReadOnlyList<LogLikelihood> Of(IReadOnlyList<(string Context, string Continuation)> texts, CancellationToken cancellation) =>
        OfTokens([.. texts.Select(t => Split(t.Context, t.Continuation))], cancellation);

    /// <summary>Contexts too long for the model lose their beginning.</summary>
    public IReadOnlyList<LogLikelihood> OfTokens(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, CancellationToken cancellation)
    {
        var results = new LogLikelihood[pairs.Count];
        using var place = new AdapterPlace(model.Model, adapter);
        using var quiet = no_grad();
        HashSet<int> shared = [];
        foreach (var group in share ? SharedContexts.Find(pairs, ContextLength) : [])
        {
            new SharedScoring(model, scores).Score(pairs, group, results, cancellation);
            shared.UnionWith(group.Contexts.SelectMany(c => c.Pairs));
        }

        var order = Enumerable.Range(0, pairs.Count).Where(i => !shared.Contains(i)).OrderByDescending(i => pairs[i].Context.Count + pairs[i].Continuation.Count).ToList();
        for (var at = 0; at < order.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            var longest = Math.Min(pairs[order[at]].Context.Count + pairs[order[at]].Continuation.Count, ContextLength + 1);
            var rows = order.Skip(at).Take(Math.Max(1, BatchTokens / Math.Max(1, longest))).ToList();
            Score(pairs, rows, results);
            at += rows.Count;
        }

        return results;
    }

    private (IReadOnlyList<int> Context, IReadOnlyList<int> Continuation) Split(string context, string continuation)
    {
        if (context.Length == 0)
        {
            return ([PrefixToken], model.Tokenizer.Encode(continuation, addSpecialTokens: false).Ids);
        }

        // Tokenizers glue a space to the word behind it.
        var kept = context.TrimEnd();
        var whole = Encode(context + continuation);
        var length = Encode(kept).Count;
        return length == 0 ? ([PrefixToken], whole) : ([.. whole.Take(length)], [.. whole.Skip(length)]);
    }

    private void Score(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, List<int> rows, LogLikelihood[] results)
    {
        using var scope = NewDisposeScope();
        var device = model.Model.Place.Device;
        var texts = rows.Select(r => pairs[r].Context.Concat(pairs[r].Continuation).ToArray()).Select(t => t[Math.Max(0, t.Length - ContextLength - 1)..]).ToList();
        var width = Math.Max(1, texts.Max(t => t.Length - 1));
        var ids = new long[rows.Count * width];
        Array.Fill(ids, model.PadTokenId);
        List<long> places = [], targets = [];
        var counts = new int[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            var text = texts[row];
            counts[row] = Math.Min(pairs[rows[row]].Continuation.Count, Math.Max(0, text.Length - 1));
            for (var i = 0; i + 1 < text.Length; i++)
            {
                ids[(row * width) + i] = text[i];
            }

            for (var i = text.Length - counts[row]; i < text.Length; i++)
            {
                places.Add((row * width) + i - 1);
                targets.Add(text[i]);
            }
        }

        if (places.Count == 0)
        {
            foreach (var row in rows)
            {
                results[row] = new LogLikelihood(0, true, 0);
            }

            return;
        }

        var hidden = model.Model.Hidden(new ForwardInput(tensor(ids, [rows.Count, width], device: device)));
        var (logs, best) = scores.Of(hidden, places, targets);
        for (int row = 0, at = 0; row < rows.Count; at += counts[row], row++)
        {
            results[rows[row]] = new LogLikelihood(logs.Skip(at).Take(counts[row]).Sum(v => (double)v), best.Skip(at).Take(counts[row]).All(b => b), counts[row]);
        }
    }

    // The engine hangs its own adapters on the projections; they come back when the measurement is over.
    private sealed class AdapterPlace : IDisposable
    {
        private readonly List<Action> restore = [];

        public AdapterPlace(CausalLm model, LoraAdapter? adapter)
        {
            foreach (var (_, projection) in model.Projections())
            {
                var before = projection.Adapter;
                restore.Add(() => projection.Adapter = before);
                projection.Adapter = null;
            }

            adapter?.Attach();
        }

        public void Dispose() => restore.ForEach(r => r());
    }
}
