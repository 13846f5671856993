namespace Studio.Training.Tokenizers.Models;

/// <summary>A prefix tree over code points. Edges lie in one hash table, which stays small for the hundreds of thousands of entries of multilingual vocabularies.</summary>
internal sealed class Trie
{
    private ulong[] keys = new ulong[1024];
    private int[] targets = new int[1024];
    private readonly List<int> values = [-1];
    private int edges;

    /// <summary>The root.</summary>
    public const int Root = 0;

    public Trie()
    {
        Array.Fill(keys, ulong.MaxValue);
    }

    /// <summary>Adds a key; an equal one keeps the newer value.</summary>
    public void Add(ReadOnlySpan<int> key, int value)
    {
        var node = Root;
        foreach (var c in key)
        {
            var next = Next(node, c);
            if (next < 0)
            {
                next = values.Count;
                values.Add(-1);
                Insert((ulong)(uint)node << 32 | (uint)c, next);
            }

            node = next;
        }

        values[node] = value;
    }

    /// <summary>The node behind an edge, or -1.</summary>
    public int Next(int node, int codePoint)
    {
        var key = (ulong)(uint)node << 32 | (uint)codePoint;
        for (var slot = Slot(key); keys[slot] != ulong.MaxValue; slot = slot + 1 & keys.Length - 1)
        {
            if (keys[slot] == key)
            {
                return targets[slot];
            }
        }

        return -1;
    }

    /// <summary>The value at a node, or -1 when no key ends there.</summary>
    public int ValueOf(int node) => values[node];

    private int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15UL >> 32) & keys.Length - 1;

    private void Insert(ulong key, int target)
    {
        if (++edges * 2 > keys.Length)
        {
            var (oldKeys, oldTargets) = (keys, targets);
            keys = new ulong[oldKeys.Length * 2];
            targets = new int[keys.Length];
            Array.Fill(keys, ulong.MaxValue);
            for (var i = 0; i < oldKeys.Length; i++)
            {
                if (oldKeys[i] != ulong.MaxValue)
                {
                    Place(oldKeys[i], oldTargets[i]);
                }
            }
        }

        Place(key, target);
    }

    private void Place(ulong key, int target)
    {
        var slot = Slot(key);
        while (keys[slot] != ulong.MaxValue)
        {
            slot = slot + 1 & keys.Length - 1;
        }

        keys[slot] = key;
        targets[slot] = target;
    }
}
