using Studio.Data.Registry;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>The model, its cache and its adapters, used by the engine's own thread only, under inference mode.</summary>
internal sealed class ModelRunner : IDisposable
{
    private readonly PretrainedModel _model;
    private readonly EngineOptions _options;
    private readonly KvCache _cache;
    private readonly Slots _slots;
    private readonly AppliedAdapters _adapters;
    private readonly List<LoadedAdapter> _retired = [];
    private readonly Device _device;
    private float[] _logits = [];

    public ModelRunner(PretrainedModel model, EngineOptions options, int contextLength)
    {
        _model = model;
        _options = options;
        _cache = model.Model.CreateCache(options.MaxBatch + options.PrefixSlots, contextLength);
        _slots = new Slots(_cache);
        _adapters = new AppliedAdapters(model.Model);
        _device = model.Model.Place.Device;
    }

    public IEnumerable<Sequence> Active => _slots.Active;

    public bool Busy => _slots.Active.Any();

    /// <summary>Computes prompts of those who fit, in as few passes as is sensible, and chooses their first tokens.</summary>
    /// <returns>The sequences that now run (or already ended).</returns>
    public IReadOnlyList<Sequence> Prefill(IReadOnlyList<Sequence> candidates, Action<Sequence, int> admitted)
    {
        List<(Sequence Sequence, int Reused)> chosen = [];
        var room = Math.Min(_options.MaxBatch - _slots.Active.Count(), _slots.Free);
        var tokens = 0;
        foreach (var candidate in candidates)
        {
            if (chosen.Count >= room || (chosen.Count > 0 && tokens >= _options.PrefillTokens))
            {
                break;
            }

            // A sibling with the same prompt is cheaper in the next round, when this prompt is in the cache; once it is there, all of them come.
            if (chosen.Any(c => ReferenceEquals(c.Sequence.Adapter, candidate.Adapter) && PassPlan.SharesMost(c.Sequence, candidate) && c.Reused * 2 < c.Sequence.PromptLength))
            {
                continue;
            }

            var reused = _slots.Take(candidate);
            admitted(candidate, reused);
            chosen.Add((candidate, reused));
            tokens += candidate.PromptLength - reused;
        }

        foreach (var group in PassPlan.Similar(chosen, _options.PrefillTokens))
        {
            Run(group);
        }

        return [.. chosen.Select(c => c.Sequence)];
    }

    /// <summary>One token for every running sequence.</summary>
    public void Decode(IReadOnlyList<Sequence> active)
    {
        foreach (var group in PassPlan.Together(active))
        {
            Run([.. group.OrderBy(s => s.Slot).Select(s => (s, s.Ids.Count - 1))]);
        }
    }

    public void Release(Sequence sequence) => _slots.Release(sequence);

    /// <summary>Empties everything after a fault; returns those who were running.</summary>
    public IReadOnlyList<Sequence> Reset()
    {
        var running = _slots.Active.ToList();
        _slots.Clear();
        _adapters.Set([]);
        return running;
    }

    /// <summary>Takes an adapter out of use; its tensors go once no running sequence needs them.</summary>
    public void Retire(LoadedAdapter adapter) => _retired.Add(adapter);

    /// <param name="waiting">Sequences that have not begun but may need an adapter.</param>
    public void FreeRetired(Func<IReadOnlyList<Sequence>> waiting)
    {
        if (_retired.Count == 0)
        {
            return;
        }

        var needed = _slots.Active.Concat(waiting()).Select(s => s.Adapter).ToHashSet();
        foreach (var adapter in _retired.Where(a => !needed.Contains(a)).ToList())
        {
            _retired.Remove(adapter);
            _slots.Forget(adapter);
            _adapters.Forget(adapter);
            adapter.Dispose();
        }
    }

    public DeploymentProof Prove(LoadedAdapter adapter, string? prompt) => new AdapterProof(_model, _adapters).Prove(adapter, prompt);

    public void Dispose()
    {
        _adapters.Dispose();
        _cache.Dispose();
    }

    /// <summary>Forward pass over the tokens each sequence has beyond what its slot holds, then one choice per sequence.</summary>
    private void Run(IReadOnlyList<(Sequence Sequence, int Held)> rows)
    {
        using var scope = NewDisposeScope();
        var sequences = rows.Select(r => r.Sequence).ToList();
        _adapters.Set([.. sequences.Select(s => s.Adapter)]);
        _cache.Activate([.. sequences.Select(s => s.Slot)]);
        var hidden = Forward([.. rows.Select(r => r.Sequence.Ids.Skip(r.Held).ToArray())]);
        var vocabulary = Logits(_model.Model.Head(hidden), rows.Count);
        var choices = new TokenChoice[rows.Count];
        void Choose(int row) => choices[row] = sequences[row].Sampler.Choose(_logits.AsSpan(row * vocabulary, vocabulary), sequences[row].Ids, sequences[row].PromptLength, sequences[row].Request.TopLogProbabilities);

        // Every sequence has its own sampler and its own logits; a few rows are not worth the other processors.
        if (rows.Count < 4)
        {
            for (var row = 0; row < rows.Count; row++)
            {
                Choose(row);
            }
        }
        else
        {
            Parallel.For(0, rows.Count, Choose);
        }

        for (var row = 0; row < rows.Count; row++)
        {
            if (sequences[row].Add(choices[row], Describe))
            {
                Release(sequences[row]);
            }
        }
    }

    /// <summary>Hidden state at the last token of every row: (rows, 1, hidden). Long rows go through in pieces.</summary>
    private Tensor Forward(IReadOnlyList<int[]> rows)
    {
        var longest = rows.Max(r => r.Length);
        if (rows.Count == 1 && longest > _options.PrefillTokens)
        {
            for (var start = 0; start < longest - _options.PrefillTokens; start += _options.PrefillTokens)
            {
                using var piece = NewDisposeScope();
                _model.Model.Hidden(new ForwardInput(Ids([rows[0][start..(start + _options.PrefillTokens)]])) { Cache = _cache });
            }

            var rest = longest % _options.PrefillTokens is var r and > 0 ? r : _options.PrefillTokens;
            rows = [rows[0][^rest..]];
            longest = rest;
        }

        var hidden = _model.Model.Hidden(new ForwardInput(Ids(rows)) { Cache = _cache, NewTokens = rows.Any(r => r.Length != longest) ? [.. rows.Select(r => r.Length)] : null });
        if (longest == 1)
        {
            return hidden;
        }

        var last = tensor(rows.Select((r, i) => ((long)i * longest) + r.Length - 1).ToArray(), device: _device);
        return hidden.reshape(-1, hidden.shape[^1]).index_select(0, last).unsqueeze(1);
    }

    private Tensor Ids(IReadOnlyList<int[]> rows)
    {
        var width = rows.Max(r => r.Length);
        var flat = new long[rows.Count * width];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < rows[row].Length; i++)
            {
                flat[(row * width) + i] = rows[row][i];
            }
        }

        return tensor(flat, [rows.Count, width], device: _device);
    }

    /// <summary>Copies logits (rows, 1, vocabulary) into the buffer; returns the vocabulary size.</summary>
    private int Logits(Tensor logits, int rows)
    {
        var flat = logits.to_type(ScalarType.Float32).cpu().contiguous();
        var count = (int)flat.numel();
        if (_logits.Length < count)
        {
            _logits = new float[count];
        }

        flat.data<float>().CopyTo(_logits.AsSpan(0, count));
        return count / rows;
    }

    private GeneratedToken Describe(TokenChoice choice) => new(
        choice.Id,
        Piece(choice.Id),
        choice.LogProbability,
        [.. choice.Top.Select(t => (t.Id, Piece(t.Id), t.LogProbability))]);

    private string Piece(int id) => _model.Tokenizer.Decode([id]);
}
