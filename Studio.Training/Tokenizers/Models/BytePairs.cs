using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Models;

/// <summary>Byte-pair encoding (Sennrich et al. 2016) with the options of a tokenizer.json.</summary>
internal sealed class BytePairs : TokenModel
{
    private const int TableSize = 0x400;
    private readonly Options options;
    private readonly PairTable merges;
    private readonly PieceCache cache;
    private readonly int[] lowLetters = new int[TableSize];
    private readonly Dictionary<int, int> letters = [];
    private readonly int[]? bytes;
    private readonly bool plainLetters;

    public sealed record Options
    {
        public string? Unknown { get; init; }

        public string ContinuingPrefix { get; init; } = "";

        public string EndSuffix { get; init; } = "";

        public bool FuseUnknown { get; init; }

        public bool ByteFallback { get; init; }

        /// <summary>A piece that is a vocabulary entry is taken whole before any merge.</summary>
        public bool IgnoreMerges { get; init; }

        /// <summary>False for a dropout of 1, which leaves every merge out.</summary>
        public bool Merges { get; init; } = true;
    }

    public BytePairs(Vocabulary vocabulary, IReadOnlyList<(int Left, int Right, int Made)> merges, Options options)
    {
        Vocabulary = vocabulary;
        cache = new PieceCache(Merge);
        this.options = options;
        this.merges = new PairTable(merges);
        plainLetters = options.ContinuingPrefix.Length == 0 && options.EndSuffix.Length == 0;
        Array.Fill(lowLetters, -1);
        foreach (var (token, id) in vocabulary.Ids)
        {
            var codePoint = token.Length == 1 ? token[0] : token.Length == 2 && char.IsSurrogatePair(token[0], token[1]) ? char.ConvertToUtf32(token[0], token[1]) : -1;
            if (codePoint is >= 0 and < TableSize)
            {
                lowLetters[codePoint] = id;
            }
            else if (codePoint >= 0)
            {
                letters[codePoint] = id;
            }
        }

        if (options.ByteFallback)
        {
            bytes = new int[256];
            for (var b = 0; b < 256; b++)
            {
                bytes[b] = vocabulary.IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1;
            }
        }
    }

    public override Vocabulary Vocabulary { get; }

    public static BytePairs Read(JsonField field)
    {
        var vocabulary = Vocabulary.Read(field.Required("vocab"));
        var prefix = field["continuing_subword_prefix"].AsOptionalString() ?? "";
        var dropout = field["dropout"];
        var unknown = field["unk_token"].AsOptionalString();
        return new BytePairs(vocabulary, MergeList.Read(field.Required("merges"), vocabulary, prefix), new Options
        {
            Unknown = unknown,
            ContinuingPrefix = prefix,
            EndSuffix = field["end_of_word_suffix"].AsOptionalString() ?? "",
            FuseUnknown = field["fuse_unk"].AsBool(false),
            ByteFallback = field["byte_fallback"].AsBool(false),
            IgnoreMerges = field["ignore_merges"].AsBool(false),
            Merges = dropout.IsNull || dropout.AsNumber() switch
            {
                < 0 or > 1 => throw dropout.Error("must be between 0 and 1"),
                // Random dropout is for training a vocabulary's users, not for reproducible ids: only "drop everything" is kept.
                var value => value < 1,
            },
        });
    }

    public override ModelToken[] Tokenize(ReadOnlySpan<int> piece) => cache.Get(piece);

    private ModelToken[] Merge(ReadOnlySpan<int> piece)
    {
        if (options.IgnoreMerges && Vocabulary.IdOf(CodePoints.ToText(piece)) is { } whole)
        {
            return [new ModelToken(whole, Vocabulary.TokenOf(whole)!, 0, piece.Length)];
        }

        var symbols = new Symbols(piece.Length);
        var regular = Spell(piece, symbols);
        var ids = symbols.Ids.AsSpan(0, symbols.Count);
        var lengths = symbols.Lengths.AsSpan(0, symbols.Count);
        var count = options.Merges ? MergeQueue.Merge(ids, lengths, merges) : ids.Length;
        var tokens = new ModelToken[count];
        var places = regular ? null : BytePlaces(piece);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var end = at + lengths[i];
            var text = Vocabulary.TokenOf(ids[i]) ?? "";
            tokens[i] = places is null ? new ModelToken(ids[i], text, at, end) : new ModelToken(ids[i], text, Place(places, at), Place(places, end - 1) + 1);
            at = end;
        }

        return tokens;
    }

    // With bytes of a prefix or suffix among the symbols the count can pass the end of the piece.
    private static int Place(int[] places, int at) => places[Math.Clamp(at, 0, places.Length - 1)];

    private sealed class Symbols(int capacity)
    {
        public int[] Ids = new int[capacity];
        public int[] Lengths = new int[capacity];
        public int Count;

        public void Add(int id, int length)
        {
            if (Count == Ids.Length)
            {
                Array.Resize(ref Ids, Math.Max(4, Count * 2));
                Array.Resize(ref Lengths, Ids.Length);
            }

            Ids[Count] = id;
            Lengths[Count++] = length;
        }
    }

    /// <summary>
    /// The first symbols of a piece. True when each stands for whole code points in order: then lengths are in code points. Otherwise (unknown letters dropped, bytes instead of letters)
    /// lengths are in UTF-8 bytes, counted on from symbol to symbol as the reference does.
    /// </summary>
    private bool Spell(ReadOnlySpan<int> piece, Symbols symbols)
    {
        if (plainLetters && bytes is null)
        {
            var known = true;
            foreach (var c in piece)
            {
                var id = Letter(c);
                if (id < 0)
                {
                    known = false;
                    break;
                }

                symbols.Add(id, 1);
            }

            if (known)
            {
                return true;
            }

            symbols.Count = 0;
        }

        var unknownId = -1;
        var pendingLength = -1;
        Span<byte> buffer = stackalloc byte[4];
        for (var i = 0; i < piece.Length; i++)
        {
            var c = piece[i];
            var affixed = plainLetters ? null : Affixed(c, i == 0, i == piece.Length - 1);
            var id = affixed is null ? Letter(c) : Vocabulary.IdOf(affixed) ?? -1;
            var size = CodePoints.Utf8Length(c);
            if (id >= 0)
            {
                Flush(symbols);
                symbols.Add(id, size);
                continue;
            }

            if (bytes is not null)
            {
                var spelled = affixed is null ? buffer[..CodePoints.Utf8(c, buffer)] : System.Text.Encoding.UTF8.GetBytes(affixed);
                if (AllBytesKnown(spelled))
                {
                    foreach (var b in spelled)
                    {
                        symbols.Add(bytes[b], 1);
                    }

                    continue;
                }
            }

            if (options.Unknown is null)
            {
                continue;
            }

            if (pendingLength >= 0 && options.FuseUnknown)
            {
                pendingLength += size;
                continue;
            }

            Flush(symbols);
            unknownId = Vocabulary.IdOf(options.Unknown) ?? throw new TokenizationException($"the unknown token '{options.Unknown}' is not in the vocabulary");
            pendingLength = size;
        }

        Flush(symbols);
        return false;

        void Flush(Symbols output)
        {
            if (pendingLength >= 0)
            {
                output.Add(unknownId, pendingLength);
                pendingLength = -1;
            }
        }
    }

    private bool AllBytesKnown(ReadOnlySpan<byte> spelled)
    {
        foreach (var b in spelled)
        {
            if (bytes![b] < 0)
            {
                return false;
            }
        }

        return true;
    }

    private int Letter(int codePoint) => codePoint < TableSize ? lowLetters[codePoint] : letters.GetValueOrDefault(codePoint, -1);

    private string Affixed(int codePoint, bool first, bool last) =>
        (first ? "" : options.ContinuingPrefix) + CodePoints.ToText([codePoint]) + (last ? options.EndSuffix : "");

    /// <summary>The code point that each UTF-8 byte of the piece belongs to.</summary>
    private static int[] BytePlaces(ReadOnlySpan<int> piece)
    {
        var places = new List<int>(piece.Length * 2);
        for (var i = 0; i < piece.Length; i++)
        {
            for (var k = CodePoints.Utf8Length(piece[i]); k > 0; k--)
            {
                places.Add(i);
            }
        }

        return [.. places];
    }
}
