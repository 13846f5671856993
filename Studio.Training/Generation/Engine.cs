using System.Diagnostics;
using Studio.Data.Registry;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Serving;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Generation;

/// <summary>
/// Continuous batching: sequences join and leave the running batch at every step, each with its own adapter, sampling and length.
/// The model lives on one thread of its own; every public member may be called from any thread.
/// </summary>
public sealed class Engine : IDisposable
{
    private readonly PretrainedModel _model;
    private readonly EngineOptions _options;
    private readonly Queue<Action> _commands = new();
    private readonly LinkedList<Sequence> _waiting = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Lock _gate = new();
    private readonly Thread _owner;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dictionary<string, LoadedAdapter> _adapters = new(StringComparer.Ordinal);
    private ModelRunner? _runner;
    private volatile bool _closing;

    /// <param name="baseName">Name under which the base model answers.</param>
    public Engine(PretrainedModel model, string baseName, EngineOptions? options = null)
    {
        _model = model;
        _options = options ?? new EngineOptions();
        BaseName = baseName;
        ContextLength = _options.ContextLength > 0 ? Math.Min(_options.ContextLength, model.Config.MaxPositions) : model.Config.MaxPositions;
        _owner = new Thread(Run) { IsBackground = true, Name = "engine" };
        _owner.Start();
        _ready.Task.GetAwaiter().GetResult();
    }

    public string BaseName { get; }

    /// <summary>Prompt and answer together, in tokens.</summary>
    public int ContextLength { get; }

    public int VocabularySize => _model.Config.VocabularySize;

    public Tokenizer Tokenizer => _model.Tokenizer;

    public ChatTemplate? Template => _model.Template;

    public int? BosTokenId => _model.BosTokenId;

    public IReadOnlyList<int> EosTokenIds => _model.EosTokenIds;

    public EngineStatistics Statistics { get; } = new();

    public IReadOnlyList<string> AdapterNames
    {
        get
        {
            lock (_gate)
            {
                return [.. _adapters.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The adapter behind a model name; null is the base.</summary>
    /// <exception cref="ApiFault">No model has that name.</exception>
    public string? Resolve(string model)
    {
        if (model == BaseName)
        {
            return null;
        }

        lock (_gate)
        {
            return _adapters.ContainsKey(model) ? model : throw ApiFault.NoSuchModel(model);
        }
    }

    /// <summary>How many tokens may be generated after a prompt.</summary>
    /// <exception cref="ApiFault">The prompt alone fills the context.</exception>
    public int NewTokenLimit(int promptTokens, int? wanted)
    {
        var room = ContextLength - promptTokens;
        if (room < 1)
        {
            throw new ApiFault(400, $"The prompt has {promptTokens} tokens and the context of this model holds {ContextLength}; shorten the prompt.", "messages", "context_length_exceeded");
        }

        return Math.Min(wanted ?? room, room);
    }

    /// <summary>Queues a request at once and yields its text as it is decided. Cancelling stops decoding within a token.</summary>
    /// <exception cref="QueueFullException">Too many requests wait.</exception>
    public IAsyncEnumerable<GenerationDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellation) =>
        Enqueue(request, cancellation).Deltas.ReadAllAsync(cancellation);

    /// <summary>Generates a whole answer.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<GenerationResult> CompleteAsync(GenerationRequest request, CancellationToken cancellation) => CollectAsync(Enqueue(request, cancellation), cancellation);

    private static async Task<GenerationResult> CollectAsync(Sequence sequence, CancellationToken cancellation)
    {
        var text = new System.Text.StringBuilder();
        List<GeneratedToken> tokens = [];
        var finish = FinishReason.Length;
        await foreach (var delta in sequence.Deltas.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            text.Append(delta.Text);
            finish = delta.Finish ?? finish;
            if (sequence.Request.TopLogProbabilities is not null && delta.Token is { } token)
            {
                tokens.Add(token);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return new GenerationResult(sequence.Ids.GetRange(sequence.PromptLength, sequence.Generated), text.ToString(), finish, sequence.PromptLength, tokens);
    }

    /// <summary>
    /// Generates many answers that are queued in one go, so that the same requests meet the same batches: on one machine the answers and their probabilities are equal to the last bit however often it is done.
    /// </summary>
    /// <returns>In the order of the requests.</returns>
    /// <exception cref="QueueFullException">More than may wait.</exception>
    public async Task<IReadOnlyList<GenerationResult>> CompleteAllAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellation)
    {
        List<Sequence> sequences;
        lock (_gate)
        {
            sequences = [.. requests.Select(r => Enqueue(r, cancellation))];
        }

        return await Task.WhenAll(sequences.Select(s => CollectAsync(s, cancellation))).ConfigureAwait(false);
    }

    /// <summary>Serves the adapter of a training run under a name, as its weights are now: nothing is copied through files. The engine does not own it.</summary>
    public Task UseAdapterAsync(string name, LoraAdapter adapter, CancellationToken cancellation) => OnOwnerAsync(
        _ =>
        {
            lock (_gate)
            {
                _adapters = new Dictionary<string, LoadedAdapter>(_adapters, StringComparer.Ordinal) { [name] = new LoadedAdapter(name, "", "", adapter) };
            }

            return true;
        },
        cancellation);

    /// <summary>Loads a PEFT folder beside the others; a name that exists is replaced once its running answers are done with.</summary>
    /// <exception cref="ApiFault">The folder does not hold an adapter of this base, or its weights have another hash.</exception>
    public Task LoadAdapterAsync(string name, string folder, string? sha256, CancellationToken cancellation) => OnOwnerAsync(
        runner =>
        {
            if (name == BaseName)
            {
                throw new ApiFault(400, $"'{name}' is the name of the base model.", "lora_name");
            }

            var loaded = LoadedAdapter.Load(_model.Model, name, folder, sha256);
            LoadedAdapter? old;
            lock (_gate)
            {
                old = _adapters.GetValueOrDefault(name);
                _adapters = new Dictionary<string, LoadedAdapter>(_adapters, StringComparer.Ordinal) { [name] = loaded };
            }

            if (old is not null)
            {
                runner.Retire(old);
            }

            return true;
        },
        cancellation);

    /// <exception cref="ApiFault">No such adapter.</exception>
    public Task UnloadAdapterAsync(string name, CancellationToken cancellation) => OnOwnerAsync(
        runner =>
        {
            LoadedAdapter? old;
            lock (_gate)
            {
                var left = new Dictionary<string, LoadedAdapter>(_adapters, StringComparer.Ordinal);
                if (!left.Remove(name, out old))
                {
                    throw ApiFault.NoSuchModel(name);
                }

                _adapters = left;
            }

            runner.Retire(old);
            return true;
        },
        cancellation);

    /// <summary>Finds out whether an adapter really changes what the model says: modules applied, difference of logits, both answers to one prompt.</summary>
    public Task<DeploymentProof> ProveAsync(string name, string? prompt, CancellationToken cancellation) => OnOwnerAsync(
        runner =>
        {
            LoadedAdapter? adapter;
            lock (_gate)
            {
                adapter = _adapters.GetValueOrDefault(name);
            }

            return runner.Prove(adapter ?? throw ApiFault.NoSuchModel(name), prompt);
        },
        cancellation);

    public void Dispose()
    {
        _closing = true;
        _signal.Release();
        _owner.Join();
        _signal.Dispose();
    }

    private Sequence Enqueue(GenerationRequest request, CancellationToken cancellation)
    {
        if (request.PromptIds.Count == 0)
        {
            throw new ApiFault(400, "The prompt is empty.", "prompt");
        }

        var limited = request with { MaxNewTokens = NewTokenLimit(request.PromptIds.Count, request.MaxNewTokens) };
        lock (_gate)
        {
            if (_waiting.Count >= _options.MaxWaiting)
            {
                throw new QueueFullException(_waiting.Count);
            }

            var adapter = request.Adapter is null ? null : _adapters.GetValueOrDefault(request.Adapter) ?? throw ApiFault.NoSuchModel(request.Adapter);
            var sequence = new Sequence(
                limited,
                new TextAssembler(Tokenizer, limited.Stop, limited.SkipSpecialTokens),
                new Sampler(limited.Sampling, limited.Seed, limited.EosTokenIds),
                adapter,
                cancellation);
            _waiting.AddLast(sequence);
            Statistics.Enqueued();
            _signal.Release();
            return sequence;
        }
    }

    private async Task<T> OnOwnerAsync<T>(Func<ModelRunner, T> work, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _commands.Enqueue(() =>
            {
                try
                {
                    done.SetResult(work(_runner!));
                }
                catch (Exception fault)
                {
                    done.SetException(fault);
                }
            });
        }

        _signal.Release();
        return await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The owner thread: commands, then prompts of those who wait, then one step for all who run.</summary>
    private void Run()
    {
        using var inference = TorchSharp.torch.inference_mode();
        using var runner = new ModelRunner(_model, _options, ContextLength);
        _runner = runner;
        _ready.SetResult();
        while (!_closing)
        {
            foreach (var command in TakeCommands())
            {
                command();
            }

            try
            {
                Admit(runner);
                Step(runner);
            }
            catch (Exception fault)
            {
                // Whatever went wrong belongs to the sequences that ran; the engine starts over with an empty cache.
                foreach (var sequence in runner.Reset())
                {
                    Statistics.Ended();
                    sequence.Fail(fault);
                }
            }

            runner.FreeRetired(Waiting);
            if (!runner.Busy && !HasWork())
            {
                _signal.Wait();
            }
        }

        foreach (var sequence in runner.Reset().Concat(_waiting))
        {
            sequence.Cancel();
        }
    }

    private List<Action> TakeCommands()
    {
        lock (_gate)
        {
            var commands = _commands.ToList();
            _commands.Clear();
            return commands;
        }
    }

    private IReadOnlyList<Sequence> Waiting()
    {
        lock (_gate)
        {
            return [.. _waiting];
        }
    }

    private bool HasWork()
    {
        lock (_gate)
        {
            return _waiting.Count > 0 || _commands.Count > 0;
        }
    }

    private void Admit(ModelRunner runner)
    {
        List<Sequence> candidates;
        lock (_gate)
        {
            foreach (var gone in _waiting.Where(s => s.Cancellation.IsCancellationRequested).ToList())
            {
                _waiting.Remove(gone);
                Statistics.Abandoned();
                gone.Cancel();
            }

            candidates = [.. _waiting];
        }

        if (candidates.Count == 0)
        {
            return;
        }

        var admitted = runner.Prefill(candidates, (sequence, reused) =>
        {
            lock (_gate)
            {
                _waiting.Remove(sequence);
            }

            Statistics.Admitted(sequence.PromptLength, reused);
        });
        CountEnded(admitted);
    }

    private void Step(ModelRunner runner)
    {
        foreach (var gone in runner.Active.Where(s => s.Cancellation.IsCancellationRequested).ToList())
        {
            gone.Cancel();
            runner.Release(gone);
            Statistics.Ended();
        }

        var active = runner.Active.ToList();
        if (active.Count == 0)
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        runner.Decode(active);
        Statistics.Stepped(active.Count, Stopwatch.GetElapsedTime(started));
        CountEnded(active);
    }

    private void CountEnded(IEnumerable<Sequence> sequences)
    {
        foreach (var _ in sequences.Where(s => s.Ended))
        {
            Statistics.Ended();
        }
    }
}
