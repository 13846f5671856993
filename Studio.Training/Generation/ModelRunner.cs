using System.Security.Cryptography;
using Studio.Data.Registry;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using Studio.Training.Serving;
using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>The model, its cache and its adapters, used by the engine's own thread only, under inference mode.</summary>
internal sealed class ModelRunner : IDisposable
{
    private const int ProofTokens = 24;

    private readonly PretrainedModel _model;
    private readonly string _baseName;
    private readonly EngineOptions _options;
    private readonly KvCache _cache;
    private readonly Slots _slots;
    private readonly Dictionary<string, BatchedLora> _projections = new(StringComparer.Ordinal);
    private readonly List<LoadedAdapter> _retired = [];
    private readonly Device _device;
    private AdapterBatch? _batch;
    private LoadedAdapter? _beside;
    private float[] _logits = [];

    public ModelRunner(PretrainedModel model, string baseName, EngineOptions options, int contextLength)
    {
        _model = model;
        _baseName = baseName;
        _options = options;
        _cache = model.Model.CreateCache(options.MaxBatch + options.PrefixSlots, contextLength);
        _slots = new Slots(_cache);
        foreach (var (name, projection) in model.Model.Projections())
        {
            _projections[name] = new BatchedLora(name, projection, () => _batch);
        }

        Attach();
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
            if (chosen.Any(c => ReferenceEquals(c.Sequence.Adapter, candidate.Adapter) && SharesMost(c.Sequence, candidate) && c.Reused * 2 < c.Sequence.PromptLength))
            {
                continue;
            }

            var reused = _slots.Take(candidate);
            admitted(candidate, reused);
            chosen.Add((candidate, reused));
            tokens += candidate.PromptLength - reused;
        }

        foreach (var group in Similar(chosen))
        {
            Run(group);
        }

        return [.. chosen.Select(c => c.Sequence)];
    }

    /// <summary>One token for every running sequence.</summary>
    public void Decode(IReadOnlyList<Sequence> active)
    {
        foreach (var group in Together(active))
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
        SetBatch([]);
        return running;
    }

    /// <exception cref="ApiFault">Not an adapter of this base, or another hash than expected.</exception>
    public LoadedAdapter LoadAdapter(string name, string folder, string? sha256)
    {
        if (!Directory.Exists(folder))
        {
            throw new ApiFault(400, $"There is no adapter folder {folder}.", "lora_path");
        }

        try
        {
            string hash;
            using (var weights = File.OpenRead(Path.Combine(folder, AdapterFolder.WeightsFile)))
            {
                hash = Convert.ToHexStringLower(SHA256.HashData(weights));
            }

            if (sha256 is not null && !string.Equals(hash, sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new ApiFault(409, $"The adapter {name} has changed on disk since it was registered (SHA-256 {hash} instead of {sha256}); it is not served.", "lora_path", "adapter_hash_mismatch");
            }

            using var scope = NewDisposeScope();
            var lora = AdapterFolder.Read(_model.Model, folder);
            if (lora.Saved.Count > 0)
            {
                lora.Dispose();
                throw new AdapterException("it is a reward model, which scores answers and does not write them.");
            }

            foreach (var (_, parameter) in lora.Modules.SelectMany(m => m.Tensors()))
            {
                parameter.DetachFromDisposeScope();
            }

            return new LoadedAdapter(name, folder, hash, lora);
        }
        catch (Exception fault) when (fault is AdapterException or IOException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new ApiFault(400, $"The adapter {name} cannot be loaded: {fault.Message}", "lora_path");
        }
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
            foreach (var projection in _projections.Values)
            {
                projection.Forget(adapter.Name);
            }

            if (_batch?.Distinct.Contains(adapter) == true)
            {
                SetBatch([]);
            }

            adapter.Dispose();
        }
    }

    public DeploymentProof Prove(LoadedAdapter adapter, string? prompt)
    {
        prompt ??= "What can you help me with?";
        var ids = ProofIds(prompt);
        var before = adapter.Modules.Keys.ToDictionary(n => n, n => _projections.TryGetValue(n, out var p) ? p.Applied : 0, StringComparer.Ordinal);
        var (baseLogits, baseAnswer) = Greedy(ids, null);
        var (logits, answer) = Greedy(ids, adapter);
        var difference = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs((double)logits[i] - baseLogits[i]));
        }

        return new DeploymentProof
        {
            ModulesExpected = adapter.Modules.Count,
            ModulesApplied = before.Count(b => _projections.TryGetValue(b.Key, out var p) && p.Applied > b.Value),
            MaxLogitDifference = double.IsFinite(difference) ? difference : 0,
            Prompt = prompt,
            BaseAnswer = baseAnswer,
            AdapterAnswer = answer,
        };
    }

    public void Dispose()
    {
        PutBeside(null);
        foreach (var (name, projection) in _model.Model.Projections())
        {
            projection.Adapter = null;
            _projections[name].Dispose();
        }

        _batch?.Dispose();
        _cache.Dispose();
    }

    private void Attach()
    {
        foreach (var (name, projection) in _model.Model.Projections())
        {
            projection.Adapter = _projections[name];
        }
    }

    /// <summary>Forward pass over the tokens each sequence has beyond what its slot holds, then one choice per sequence.</summary>
    private void Run(IReadOnlyList<(Sequence Sequence, int Held)> rows)
    {
        using var scope = NewDisposeScope();
        var sequences = rows.Select(r => r.Sequence).ToList();
        SetBatch([.. sequences.Select(s => s.Adapter)]);
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

    private void SetBatch(IReadOnlyList<LoadedAdapter?> rows)
    {
        if (_batch is not null && _batch.Rows.SequenceEqual(rows))
        {
            return;
        }

        _batch?.Dispose();
        _batch = new AdapterBatch(rows);
        var alone = _batch.Uniform && _batch.Distinct[0] is { Batches: false, Lora.Parts.Count: > 0 } one ? one : null;
        if (!ReferenceEquals(alone, _beside))
        {
            PutBeside(alone);
        }
    }

    /// <summary>Puts the parts of an adapter that are not on projections (embeddings, norms) in force, in place of those that were.</summary>
    private void PutBeside(LoadedAdapter? adapter)
    {
        foreach (var part in _beside?.Lora.Parts ?? [])
        {
            part.Detach();
        }

        foreach (var part in adapter?.Lora.Parts ?? [])
        {
            part.Attach();
        }

        _beside = adapter;
        Attach();
    }

    /// <summary>All in one pass, unless some adapter cannot share a batch with others.</summary>
    private static IEnumerable<IReadOnlyList<Sequence>> Together(IReadOnlyList<Sequence> active)
    {
        if (active.All(s => s.Adapter is null or { Batches: true }))
        {
            return [active];
        }

        return active.GroupBy(s => s.Adapter is { Batches: false } alone ? alone : null).Select(g => (IReadOnlyList<Sequence>)[.. g]);
    }

    /// <summary>Groups prompts so that padding stays small and passes stay short.</summary>
    private IEnumerable<IReadOnlyList<(Sequence, int)>> Similar(IReadOnlyList<(Sequence Sequence, int Reused)> chosen)
    {
        foreach (var group in Together([.. chosen.Select(c => c.Sequence)]))
        {
            List<(Sequence, int)> pass = [];
            var width = 0;
            foreach (var (sequence, held) in chosen.Where(c => group.Contains(c.Sequence)).OrderByDescending(c => c.Sequence.PromptLength - c.Reused))
            {
                var tokens = sequence.PromptLength - held;
                if (pass.Count > 0 && (tokens * 2 < width || width * (pass.Count + 1) > _options.PrefillTokens))
                {
                    yield return pass;
                    pass = [];
                }

                width = pass.Count == 0 ? tokens : width;
                pass.Add((sequence, held));
            }

            if (pass.Count > 0)
            {
                yield return pass;
            }
        }
    }

    private static bool SharesMost(Sequence a, Sequence b)
    {
        var most = Math.Min(a.PromptLength, b.PromptLength - 1);
        var common = 0;
        while (common < most && a.Ids[common] == b.Ids[common])
        {
            common++;
        }

        return common >= 8 && common * 2 >= b.PromptLength;
    }

    private IReadOnlyList<int> ProofIds(string prompt)
    {
        if (_model.Template is { } template)
        {
            var message = new System.Text.Json.Nodes.JsonArray { new System.Text.Json.Nodes.JsonObject { ["role"] = "user", ["content"] = prompt } };
            var text = template.Render(message, new Templates.RenderOptions { AddGenerationPrompt = true }).Text;
            return _model.Tokenizer.Encode(text, addSpecialTokens: false).Ids;
        }

        return _model.Tokenizer.Encode(prompt).Ids;
    }

    /// <summary>Logits after the prompt and the greedy answer, in a cache of its own.</summary>
    private (float[] Logits, string Answer) Greedy(IReadOnlyList<int> prompt, LoadedAdapter? adapter)
    {
        using var scope = NewDisposeScope();
        using var cache = _model.Model.CreateCache(1, prompt.Count + ProofTokens);
        SetBatch([adapter]);
        List<int> answer = [];
        float[]? atPrompt = null;
        var next = prompt.ToArray();
        while (answer.Count < ProofTokens)
        {
            using var step = NewDisposeScope();
            var hidden = _model.Model.Hidden(new ForwardInput(Ids([next])) { Cache = cache });
            var vocabulary = Logits(_model.Model.Head(hidden.narrow(1, next.Length - 1, 1)), 1);
            atPrompt ??= _logits.AsSpan(0, vocabulary).ToArray();
            var id = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(_logits.AsSpan(0, vocabulary));
            if (_model.EosTokenIds.Contains(id))
            {
                break;
            }

            answer.Add(id);
            next = [id];
        }

        return (atPrompt!, _model.Tokenizer.Decode(answer, skipSpecialTokens: true));
    }
}
