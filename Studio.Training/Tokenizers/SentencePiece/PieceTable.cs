using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>The pieces of a model as segmenters look them up.</summary>
internal sealed class PieceTable
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> reserved = new(StringComparer.Ordinal);

    public PieceTable(IReadOnlyList<SentencePieceModel.Piece> pieces)
    {
        Pieces = pieces;
        Bytes = new int[256];
        Array.Fill(Bytes, -1);
        for (var id = 0; id < pieces.Count; id++)
        {
            var (text, _, type) = pieces[id];
            if (type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused)
            {
                if (ids.TryAdd(text, id))
                {
                    Matchable.Add(CodePoints.Of(text), id);
                }
            }
            else
            {
                reserved.TryAdd(text, id);
            }

            if (type == PieceType.UserDefined)
            {
                UserDefined.Add(CodePoints.Of(text), id);
            }

            if (type == PieceType.Unknown && UnknownId < 0)
            {
                UnknownId = id;
            }

            if (type == PieceType.Byte && Decoders.ByteFallbackDecoder.ByteOf(text) is { } value)
            {
                Bytes[value] = id;
            }
        }
    }

    public IReadOnlyList<SentencePieceModel.Piece> Pieces { get; }

    /// <summary>What text can match: normal, user-defined and unused pieces.</summary>
    public Trie Matchable { get; } = new();

    public Trie UserDefined { get; } = new();

    public int UnknownId { get; } = -1;

    /// <summary>Ids of the byte pieces, -1 where there is none.</summary>
    public int[] Bytes { get; }

    /// <summary>Id of a piece of any kind; the unknown id when there is none.</summary>
    public int IdOf(string text) => reserved.TryGetValue(text, out var id) || ids.TryGetValue(text, out id) ? id : UnknownId;

    /// <summary>Id of any piece, or null.</summary>
    public int? Find(string text) => ids.TryGetValue(text, out var id) || reserved.TryGetValue(text, out id) ? id : null;

    /// <summary>Id of a piece that text can match, or -1.</summary>
    public int Match(ReadOnlySpan<int> text)
    {
        var node = Trie.Root;
        foreach (var c in text)
        {
            node = Matchable.Next(node, c);
            if (node < 0)
            {
                return -1;
            }
        }

        return Matchable.ValueOf(node);
    }
}
