namespace Studio.Training.Tokenizers.Models;

/// <summary>
/// Remembers the tokens of short pieces. A fixed table in which a newer entry takes the place of an older one: entries are immutable and a reference is written whole, so no lock is needed.
/// </summary>
/// <param name="cut">Finds the tokens of a piece.</param>
internal sealed class PieceCache(PieceCache.Cut cut)
{
    private const int Slots = 1 << 16;
    private const int LongestPiece = 48;
    private readonly Entry?[] entries = new Entry?[Slots];

    public delegate ModelToken[] Cut(ReadOnlySpan<int> piece);

    private sealed record Entry(uint Hash, int[] Piece, ModelToken[] Tokens);

    public ModelToken[] Get(ReadOnlySpan<int> piece)
    {
        if (piece.Length > LongestPiece)
        {
            return cut(piece);
        }

        var hash = HashOf(piece);
        ref var entry = ref entries[hash & Slots - 1];
        if (entry is { } known && known.Hash == hash && piece.SequenceEqual(known.Piece))
        {
            return known.Tokens;
        }

        var tokens = cut(piece);
        entry = new Entry(hash, piece.ToArray(), tokens);
        return tokens;
    }

    private static uint HashOf(ReadOnlySpan<int> piece)
    {
        var hash = 2166136261u;
        foreach (var c in piece)
        {
            hash = (hash ^ (uint)c) * 0x9E3779B1u;
            hash ^= hash >> 15;
        }

        return hash;
    }
}
