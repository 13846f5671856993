namespace Studio.Data.Validation;

/// <summary>
/// Remembers the hash and line of rows in 12 bytes each (open addressing), because a set of objects would need several times the memory of the
/// rows' own text. Beyond six million rows new ones are no longer remembered.
/// </summary>
internal sealed class RowHashes
{
    private const int LargestTable = 1 << 23;

    private ulong[] hashes = new ulong[1024];
    private int[] lines = new int[1024];
    private int count;

    /// <summary>The line of the first row with this hash, or null when it is new.</summary>
    public int? Add(ulong hash, int line)
    {
        // 0 marks a free slot.
        hash = hash == 0 ? 1 : hash;
        var slot = Find(hashes, hash);
        if (hashes[slot] == hash)
        {
            return lines[slot];
        }

        if (count >= hashes.Length / 4 * 3)
        {
            if (hashes.Length >= LargestTable)
            {
                return null;
            }

            Grow();
            slot = Find(hashes, hash);
        }

        hashes[slot] = hash;
        lines[slot] = line;
        count++;
        return null;
    }

    private static int Find(ulong[] table, ulong hash)
    {
        var mask = table.Length - 1;
        var slot = (int)(hash >> 20) & mask;
        while (table[slot] != 0 && table[slot] != hash)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        var moreHashes = new ulong[hashes.Length * 2];
        var moreLines = new int[lines.Length * 2];
        for (var i = 0; i < hashes.Length; i++)
        {
            if (hashes[i] != 0)
            {
                var slot = Find(moreHashes, hashes[i]);
                moreHashes[slot] = hashes[i];
                moreLines[slot] = lines[i];
            }
        }

        hashes = moreHashes;
        lines = moreLines;
    }
}
