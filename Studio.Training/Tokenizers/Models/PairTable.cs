namespace Studio.Training.Tokenizers.Models;

/// <summary>Merges by the pair of ids they join: rank and the id made. Open addressing, because it is asked for every pair of every new word.</summary>
internal sealed class PairTable
{
    private readonly ulong[] keys;
    private readonly (int Rank, int Id)[] values;
    private readonly int mask;

    public PairTable(IReadOnlyList<(int Left, int Right, int Made)> merges)
    {
        var size = 16;
        while (size < merges.Count * 2)
        {
            size *= 2;
        }

        keys = new ulong[size];
        values = new (int, int)[size];
        mask = size - 1;
        Array.Fill(keys, ulong.MaxValue);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right, made) = merges[rank];
            var key = Key(left, right);
            var slot = Slot(key);
            while (keys[slot] != ulong.MaxValue && keys[slot] != key)
            {
                slot = slot + 1 & mask;
            }

            // A pair listed twice has the rank of its last place.
            keys[slot] = key;
            values[slot] = (rank, made);
        }
    }

    public bool TryGet(int left, int right, out int rank, out int made)
    {
        var key = Key(left, right);
        for (var slot = Slot(key); keys[slot] != ulong.MaxValue; slot = slot + 1 & mask)
        {
            if (keys[slot] == key)
            {
                (rank, made) = values[slot];
                return true;
            }
        }

        (rank, made) = (int.MaxValue, -1);
        return false;
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15UL >> 33) & mask;
}
