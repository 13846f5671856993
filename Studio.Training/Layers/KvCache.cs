using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Shape of what one layer keeps per token.</summary>
public sealed record CacheLayout(int Heads, int KeyDim, int ValueDim);

/// <summary>
/// Keys and values of past tokens for a number of slots, each with a length of its own, so that sequences may join and leave a running batch.
/// Buffers grow by doubling up to <see cref="MaxTokens"/>. Not safe for use by two threads.
/// </summary>
public sealed class KvCache : IDisposable
{
    private readonly IReadOnlyList<CacheLayout> layouts;
    private readonly TensorPlace place;
    private readonly Tensor[] keys;
    private readonly Tensor[] values;
    private readonly int[] lengths;
    private int[] active;
    private int capacity;

    public KvCache(int slots, int maxTokens, IReadOnlyList<CacheLayout> layouts, TensorPlace place)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        (Slots, MaxTokens, this.layouts, this.place) = (slots, maxTokens, layouts, place);
        keys = new Tensor[layouts.Count];
        values = new Tensor[layouts.Count];
        lengths = new int[slots];
        active = [.. Enumerable.Range(0, slots)];
        Grow(Math.Min(maxTokens, 128));
    }

    public int Slots { get; }

    public int MaxTokens { get; }

    /// <summary>Tokens held per slot.</summary>
    public IReadOnlyList<int> Lengths => lengths;

    /// <summary>Slots that the rows of the next forward pass belong to, in row order.</summary>
    public IReadOnlyList<int> Active => active;

    /// <summary>Bytes of all buffers.</summary>
    public long Bytes => layouts.Sum(l => (long)Slots * (capacity + 1) * l.Heads * (l.KeyDim + l.ValueDim)) * place.Type.ElementSize();

    /// <summary>Chooses the slots of the next forward passes; consecutive slots in rising order avoid a copy.</summary>
    public void Activate(params ReadOnlySpan<int> slots)
    {
        foreach (var slot in slots)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Slots, nameof(slots));
        }

        active = slots.ToArray();
    }

    /// <summary>Keeps the first <paramref name="tokens"/> tokens of a slot.</summary>
    public void Truncate(int slot, int tokens = 0) => lengths[slot] = Math.Clamp(tokens, 0, lengths[slot]);

    /// <summary>Empties every slot.</summary>
    public void Clear() => Array.Clear(lengths);

    /// <summary>Copies the first tokens of one slot (of this or another cache) over a slot of this cache.</summary>
    public void CopyFrom(KvCache source, int sourceSlot, int slot, int tokens)
    {
        if (tokens > source.lengths[sourceSlot] || tokens > MaxTokens)
        {
            throw new ArgumentOutOfRangeException(nameof(tokens), "more tokens than the slot holds or may hold");
        }

        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        Ensure(tokens);
        for (var layer = 0; layer < keys.Length && tokens > 0; layer++)
        {
            keys[layer].select(0, slot).narrow(1, 0, tokens).copy_(source.keys[layer].select(0, sourceSlot).narrow(1, 0, tokens));
            values[layer].select(0, slot).narrow(1, 0, tokens).copy_(source.values[layer].select(0, sourceSlot).narrow(1, 0, tokens));
        }

        lengths[slot] = tokens;
    }

    public void Dispose()
    {
        for (var layer = 0; layer < keys.Length; layer++)
        {
            keys[layer]?.Dispose();
            values[layer]?.Dispose();
        }
    }

    /// <summary>Makes room for <paramref name="tokens"/> tokens a slot.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxTokens"/>.</exception>
    internal void Ensure(int tokens)
    {
        if (tokens > MaxTokens)
        {
            throw new ArgumentException($"the sequence needs {tokens} tokens and the cache holds {MaxTokens}");
        }

        if (tokens > capacity)
        {
            Grow(Math.Min(MaxTokens, Math.Max(tokens, 2 * capacity)));
        }
    }

    /// <summary>Stores new keys and values and returns all of the active rows: (rows, heads, total, dim).</summary>
    /// <param name="k">(rows, heads, tokens, keyDim)</param>
    /// <param name="plan">Where the new tokens go; made once per forward pass.</param>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v, CachePlan plan) =>
        (Store(keys, layer, k, plan), Store(values, layer, v, plan));

    internal void Advance(CachePlan plan)
    {
        for (var row = 0; row < active.Length; row++)
        {
            lengths[active[row]] = plan.Starts[row] + plan.New[row];
        }
    }

    /// <summary>Column that takes what must be written somewhere and is never read.</summary>
    internal int Scratch => capacity;

    private Tensor Store(Tensor[] buffers, int layer, Tensor fresh, CachePlan plan)
    {
        var buffer = buffers[layer];
        using (no_grad())
        {
            if (plan.Uniform)
            {
                buffer.narrow(0, active[0], active.Length).narrow(2, plan.Starts[0], plan.Tokens).copy_(fresh);
            }
            else
            {
                var heads = layouts[layer].Heads;
                buffer.view(-1, buffer.shape[^1]).index_copy_(0, plan.Index(heads, capacity + 1, place.Device), fresh.reshape(-1, buffer.shape[^1]));
            }
        }

        var rows = plan.Consecutive ? buffer.narrow(0, active[0], active.Length) : buffer.index_select(0, plan.Rows(place.Device));
        return rows.narrow(2, 0, plan.Total);
    }

    private void Grow(int tokens)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var held = Math.Min(capacity, lengths.Max());
        for (var layer = 0; layer < keys.Length; layer++)
        {
            keys[layer] = Larger(keys[layer], layouts[layer].Heads, layouts[layer].KeyDim, tokens, held);
            values[layer] = Larger(values[layer], layouts[layer].Heads, layouts[layer].ValueDim, tokens, held);
        }

        capacity = tokens;
    }

    // Zeros, not garbage: a masked position has probability 0, and 0 times a stray NaN would still be NaN.
    private Tensor Larger(Tensor? old, int heads, int dim, int tokens, int held)
    {
        var larger = zeros([Slots, heads, tokens + 1, dim], dtype: place.Type, device: place.Device);
        if (old is not null)
        {
            if (held > 0)
            {
                larger.narrow(2, 0, held).copy_(old.narrow(2, 0, held));
            }

            old.Dispose();
        }

        return larger.DetachFromDisposeScope();
    }
}

/// <summary>Where the tokens of one forward pass go in the cache.</summary>
internal sealed class CachePlan : IDisposable
{
    private readonly IReadOnlyList<int> slots;
    private readonly int scratch;
    private readonly Dictionary<int, Tensor> indices = [];
    private Tensor? rows;

    public CachePlan(KvCache cache, int batch, int tokens, int[]? newTokens)
    {
        slots = cache.Active;
        if (slots.Count != batch)
        {
            throw new ArgumentException($"{batch} rows for {slots.Count} active cache slots");
        }

        Tokens = tokens;
        Starts = [.. slots.Select(s => cache.Lengths[s])];
        New = newTokens ?? [.. Enumerable.Repeat(tokens, batch)];
        Total = Starts.Zip(New, (a, b) => a + b).Max();
        cache.Ensure(Total);
        scratch = cache.Scratch;
        Consecutive = slots.Select((s, i) => s - i).Distinct().Count() == 1;
        SameStart = Starts.All(s => s == Starts[0]);
        Uniform = Consecutive && SameStart && New.All(n => n == tokens);
    }

    public int Tokens { get; }
    public int[] Starts { get; }
    public int[] New { get; }
    public int Total { get; }
    public bool Consecutive { get; }
    public bool SameStart { get; }
    public bool Uniform { get; }

    public Tensor Rows(Device device) => rows ??= tensor(slots.Select(s => (long)s).ToArray(), device: device).DetachFromDisposeScope();

    /// <summary>Row numbers of the flattened buffer (slots · heads · columns) for every new (row, head, token).</summary>
    public Tensor Index(int heads, int columns, Device device)
    {
        if (!indices.TryGetValue(heads, out var index))
        {
            var flat = new long[slots.Count * heads * Tokens];
            var at = 0;
            for (var row = 0; row < slots.Count; row++)
            {
                for (var head = 0; head < heads; head++)
                {
                    for (var token = 0; token < Tokens; token++)
                    {
                        var column = token < New[row] ? Starts[row] + token : scratch;
                        flat[at++] = ((long)slots[row] * heads + head) * columns + column;
                    }
                }
            }

            index = tensor(flat, device: device).DetachFromDisposeScope();
            indices.Add(heads, index);
        }

        return index;
    }

    public void Dispose()
    {
        rows?.Dispose();
        foreach (var index in indices.Values)
        {
            index.Dispose();
        }
    }
}
