using Studio.Training.Layers;

namespace Studio.Training.Generation;

/// <summary>
/// Rows of the key-value cache: which sequence holds each, and what a free one still remembers, so that a prompt with the same beginning need not be computed again.
/// </summary>
internal sealed class Slots(KvCache cache)
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, cache.Slots).Select(i => new Slot(i))];
    private long _clock;

    public int Free => _slots.Count(s => s.Owner is null);

    public IEnumerable<Sequence> Active => _slots.Where(s => s.Owner is not null).Select(s => s.Owner!);

    /// <summary>Longest beginning of these ids that some slot holds for this adapter.</summary>
    public int Known(Sequence sequence) => _slots.Max(s => Common(s, sequence));

    /// <summary>Gives the sequence a slot and returns how many of its tokens the slot already holds; the last prompt token is always computed anew.</summary>
    public int Take(Sequence sequence)
    {
        var source = _slots.MaxBy(s => Common(s, sequence))!;
        var common = Common(source, sequence);
        Slot target;
        if (source.Owner is null && common > 0)
        {
            target = source;
            cache.Truncate(target.Index, common);
        }
        else
        {
            // The slot that remembers least and longest ago.
            target = _slots.Where(s => s.Owner is null).OrderBy(s => s.Ids.Count > 0).ThenBy(s => s.UsedAt).ThenBy(s => s.Index).First();
            cache.Truncate(target.Index);
            if (common > 0)
            {
                cache.CopyFrom(cache, source.Index, target.Index, common);
            }
        }

        target.Owner = sequence;
        target.Adapter = sequence.Adapter;
        target.Ids = sequence.Ids;
        target.UsedAt = ++_clock;
        sequence.Slot = target.Index;
        return common;
    }

    public void Release(Sequence sequence)
    {
        if (sequence.Slot < 0)
        {
            return;
        }

        var slot = _slots[sequence.Slot];
        slot.Ids = sequence.Ids.GetRange(0, cache.Lengths[slot.Index]);
        slot.Owner = null;
        slot.UsedAt = ++_clock;
        sequence.Slot = -1;
    }

    /// <summary>Forgets what free slots remember under an adapter that is going away.</summary>
    public void Forget(LoadedAdapter adapter)
    {
        foreach (var slot in _slots.Where(s => s.Owner is null && ReferenceEquals(s.Adapter, adapter)))
        {
            Empty(slot);
        }
    }

    /// <summary>Forgets everything: after a fault nobody knows what the cache holds.</summary>
    public void Clear()
    {
        foreach (var slot in _slots)
        {
            Empty(slot);
        }
    }

    private void Empty(Slot slot)
    {
        slot.Owner = null;
        slot.Adapter = null;
        slot.Ids = [];
        cache.Truncate(slot.Index);
    }

    private int Common(Slot slot, Sequence sequence)
    {
        if (!ReferenceEquals(slot.Adapter, sequence.Adapter) || ReferenceEquals(slot.Owner, sequence))
        {
            return 0;
        }

        var most = Math.Min(Math.Min(slot.Ids.Count, cache.Lengths[slot.Index]), sequence.PromptLength - 1);
        var common = 0;
        while (common < most && slot.Ids[common] == sequence.Ids[common])
        {
            common++;
        }

        return common;
    }

    private sealed class Slot(int index)
    {
        public int Index { get; } = index;

        public Sequence? Owner { get; set; }

        public LoadedAdapter? Adapter { get; set; }

        public List<int> Ids { get; set; } = [];

        public long UsedAt { get; set; }
    }
}
