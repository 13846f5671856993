using Studio.Training.Tokenizers.Decoders;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.SentencePiece;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>The vocabulary of a GGUF file: special tokens are cut out, the longest first, and a segmenter does the rest.</summary>
internal sealed class GgufEngine : TokenizerEngine
{
    private readonly GgufVocabulary vocabulary;
    private readonly GgufSegmenter segmenter;
    private readonly bool byteLetters;
    private readonly TokenSearch specials;
    private readonly Dictionary<int, (int[] Text, int Bytes)> specialTexts = [];

    public GgufEngine(GgufVocabulary vocabulary, GgufSegmenter segmenter, bool byteLetters)
    {
        this.vocabulary = vocabulary;
        this.segmenter = segmenter;
        this.byteLetters = byteLetters;
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (vocabulary.Types[id] is PieceType.Control or PieceType.UserDefined or PieceType.Unknown)
            {
                specialTexts[id] = (CodePoints.Of(vocabulary.Tokens[id]), System.Text.Encoding.UTF8.GetByteCount(vocabulary.Tokens[id]));
            }
        }

        specials = new TokenSearch(specialTexts.Select(pair => (pair.Value.Text, pair.Key)));
    }

    /// <summary>Ids in front of and behind a text.</summary>
    public IReadOnlyList<int> Begin { get; init; } = [];

    public IReadOnlyList<int> End { get; init; } = [];

    /// <summary>Tokens that take the blanks to their left, or right, with them.</summary>
    public IReadOnlySet<int> LeftStrip { get; init; } = new HashSet<int>();

    public IReadOnlySet<int> RightStrip { get; init; } = new HashSet<int>();

    public override int Count => vocabulary.Tokens.Length;

    public override int Size => vocabulary.Tokens.Length;

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => (uint)id < (uint)vocabulary.Tokens.Length ? vocabulary.Tokens[id] : null;

    public override bool IsSpecial(int id) => (uint)id < (uint)vocabulary.Types.Length && vocabulary.Types[id] is PieceType.Control or PieceType.Unknown;

    public override bool DecodesToNothing(int id, bool skipSpecialTokens) => TokenOf(id) is null || skipSpecialTokens && IsSpecial(id);

    public override IReadOnlyList<Encoding> Encode(IReadOnlyList<(string Text, string? Pair)> batch, bool addSpecialTokens, bool parseSpecialTokens) =>
        [.. batch.Select(item => Encode(item.Text, item.Pair, addSpecialTokens, parseSpecialTokens).ToEncoding())];

    private Encoded Encode(string text, string? pair, bool addSpecialTokens, bool parseSpecialTokens)
    {
        var parts = new List<Encoded> { One(text, 0, addSpecialTokens, parseSpecialTokens) };
        if (pair is not null)
        {
            parts.Add(One(pair, 1, addSpecialTokens, parseSpecialTokens));
        }

        return parts.Count == 1 ? parts[0] : Encoded.Merge(parts);
    }

    private Encoded One(string text, int sequence, bool addSpecialTokens, bool parseSpecialTokens)
    {
        var encoded = new Encoded();
        if (addSpecialTokens)
        {
            Frame(encoded, Begin, sequence);
        }

        var first = encoded.Length;
        var codePoints = CodePoints.Of(text);
        var afterSpecial = true;
        var tokens = new List<ModelToken>();
        foreach (var (start, end, id) in Fragments(codePoints, parseSpecialTokens))
        {
            if (id >= 0)
            {
                encoded.Add(id, vocabulary.Tokens[id], (start, end), encoded.Length, sequence);
                afterSpecial = true;
                continue;
            }

            tokens.Clear();
            segmenter.Segment(codePoints.AsSpan(start, end - start), afterSpecial, tokens);
            foreach (var token in tokens)
            {
                encoded.Add(token.Id, token.Text, (start + token.Start, start + token.End), encoded.Length, sequence);
            }

            afterSpecial = false;
        }

        encoded.Sequences[sequence] = (first, encoded.Length);
        if (addSpecialTokens)
        {
            Frame(encoded, End, sequence);
        }

        return encoded;
    }

    private void Frame(Encoded encoded, IReadOnlyList<int> ids, int sequence)
    {
        foreach (var id in ids)
        {
            encoded.Add(id, vocabulary.Tokens[id], (0, 0), null, sequence, special: true);
        }
    }

    // Each special token is looked for in what the longer ones left, so a longer one further right goes before a shorter one that overlaps it.
    private List<(int Start, int End, int Id)> Fragments(int[] text, bool parseSpecialTokens)
    {
        var fragments = new List<(int Start, int End, int Id)>();
        if (text.Length > 0)
        {
            fragments.Add((0, text.Length, -1));
        }

        var occurring = specials.Occurring(text).Where(id => parseSpecialTokens || !IsSpecial(id)).OrderByDescending(id => specialTexts[id].Bytes).ThenBy(id => id);
        foreach (var id in occurring)
        {
            var wanted = specialTexts[id].Text;
            var next = new List<(int Start, int End, int Id)>(fragments.Count + 4);
            foreach (var fragment in fragments)
            {
                if (fragment.Id >= 0)
                {
                    next.Add(fragment);
                    continue;
                }

                var at = fragment.Start;
                while (at < fragment.End)
                {
                    var found = text.AsSpan(at, fragment.End - at).IndexOf(wanted);
                    if (found < 0)
                    {
                        break;
                    }

                    var (start, end) = (at + found, at + found + wanted.Length);
                    var left = start;
                    while (LeftStrip.Contains(id) && left > at && IsAsciiBlank(text[left - 1]))
                    {
                        left--;
                    }

                    if (left > at)
                    {
                        next.Add((at, left, -1));
                    }

                    var right = end;
                    while (RightStrip.Contains(id) && right < fragment.End && IsAsciiBlank(text[right]))
                    {
                        right++;
                    }

                    next.Add((left, right, id));
                    at = right;
                }

                if (at < fragment.End)
                {
                    next.Add((at, fragment.End, -1));
                }
            }

            fragments = next;
        }

        return fragments;
    }

    private static bool IsAsciiBlank(int c) => c is ' ' or >= 9 and <= 13;

    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens)
    {
        var bytes = new List<byte>(ids.Count * 4);
        foreach (var id in ids)
        {
            if (!DecodesToNothing(id, skipSpecialTokens))
            {
                AddBytes(id, bytes);
            }
        }

        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }

    private void AddBytes(int id, List<byte> bytes)
    {
        var token = vocabulary.Tokens[id];
        switch (vocabulary.Types[id])
        {
            case PieceType.Control or PieceType.Unknown or PieceType.UserDefined:
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                break;
            case PieceType.Byte when ByteFallbackDecoder.ByteOf(token) is { } value:
                bytes.Add(value);
                break;
            case PieceType.Normal when byteLetters:
                foreach (var c in CodePoints.Of(token))
                {
                    // A letter outside the alphabet stands for itself.
                    var b = ByteAlphabet.ByteOf(c);
                    bytes.AddRange(b >= 0 ? [(byte)b] : CodePoints.Utf8([c]));
                }

                break;
            case PieceType.Normal:
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token.Replace((char)SentenceNormalizer.Space, ' ')));
                break;
        }
    }
}
