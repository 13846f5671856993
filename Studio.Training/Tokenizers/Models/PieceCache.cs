namespace Studio.Training.Tokenizers.Models;

/// <summary>
/// Remembers the tokens of short pieces. A fixed table in which a newer entry takes the place of an older one: entries are immutable and a reference is written whole, so no lock is needed.
/// </summary>
internal sealed class PieceCache
{
    private const int Slots = 1 << 16;
    private const int LongestPiece = 48;
    private readonly Entry?[] entries = new Entry?[Slots];

    private sealed record Entry(uint Hash, int[] Piece, ModelToken[] Tokens);

    public static bool Takes(ReadOnlySpan<int> piece) => piece.Length <= LongestPiece;

    public static uint HashOf(ReadOnlySpan<int> piece)
    {
        var hash = 2166136261u;
        foreach (var c in piece)
        {
            hash = (hash ^ (uint)c) * 0x9E3779B1u;
            hash ^= hash >> 15;
        }

        return hash;
    }

    public ModelToken[]? Find(uint hash, ReadOnlySpan<int> piece)
    {
        var entry = entries[hash & Slots - 1];
        return entry is not null && entry.Hash == hash && piece.SequenceEqual(entry.Piece) ? entry.Tokens : null;
    }

    public void Keep(uint hash, ReadOnlySpan<int> piece, ModelToken[] tokens) => entries[hash & Slots - 1] = new Entry(hash, piece.ToArray(), tokens);
}
