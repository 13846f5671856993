using System.Globalization;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>
/// llama.cpp's byte-pair encoding: merges join texts whether or not the result is a token; what is none in the end falls apart into single letters, and letters that are no tokens are dropped.
/// </summary>
internal sealed class GgufBytePairs : GgufSegmenter
{
    private readonly GgufVocabulary vocabulary;
    private readonly GgufPreTokenizer preTokenizer;
    private readonly GgufSplitter splitter;
    private readonly PairTable merges;
    private readonly Dictionary<string, int> symbols = new(StringComparer.Ordinal);
    private readonly List<string> symbolTexts = [];
    private readonly Dictionary<int, int> letters = [];
    private readonly PieceCache cache;

    public GgufBytePairs(GgufVocabulary vocabulary, GgufPreTokenizer preTokenizer, IReadOnlyList<string> mergeList)
    {
        this.vocabulary = vocabulary;
        cache = new PieceCache(Merge);
        this.preTokenizer = preTokenizer;
        splitter = new GgufSplitter(preTokenizer);

        // Symbols are numbered on their own: tokens first, with their ids, then what only merges know.
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            symbols.TryAdd(vocabulary.Tokens[id], id);
            symbolTexts.Add(vocabulary.Tokens[id]);
        }

        var pairs = new List<(int, int, int)>(mergeList.Count);
        var seen = new HashSet<(int, int)>();
        foreach (var merge in mergeList)
        {
            var space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0)
            {
                continue;
            }

            var (left, right) = (merge[..space], merge[(space + 1)..]);
            var (leftId, rightId) = (Symbol(left), Symbol(right));
            if (seen.Add((leftId, rightId)))
            {
                pairs.Add((leftId, rightId, Symbol(left + right)));
            }
        }

        merges = new PairTable(pairs);
        foreach (var (text, id) in symbols)
        {
            if (CodePoints.Of(text) is [var letter])
            {
                letters[letter] = id;
            }
        }
    }

    private int Symbol(string text)
    {
        if (!symbols.TryGetValue(text, out var id))
        {
            id = symbolTexts.Count;
            symbols[text] = id;
            symbolTexts.Add(text);
        }

        return id;
    }

    public override void Segment(ReadOnlySpan<int> text, bool afterSpecial, List<ModelToken> output)
    {
        var source = text;
        if (preTokenizer.EscapeSpaces)
        {
            var escaped = text.ToArray();
            escaped.AsSpan().Replace(' ', SentencePiece.SentenceNormalizer.Space);
            source = escaped;
        }

        var at = 0;
        foreach (var length in splitter.Split(source))
        {
            foreach (var token in cache.Get(source.Slice(at, length)))
            {
                output.Add(token with { Start = at + token.Start, End = at + token.End });
            }

            at += length;
        }
    }

    private ModelToken[] Merge(ReadOnlySpan<int> word)
    {
        // The letters of the word, and the code point that each comes from.
        var spelled = new List<int>(word.Length + 8);
        var places = new List<int>(word.Length + 8);
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < word.Length; i++)
        {
            if (!preTokenizer.ByteLetters)
            {
                spelled.Add(word[i]);
                places.Add(i);
                continue;
            }

            var count = CodePoints.Utf8(word[i], bytes);
            for (var k = 0; k < count; k++)
            {
                spelled.Add(ByteAlphabet.Letters[bytes[k]]);
                places.Add(i);
            }
        }

        var text = CodePoints.ToText(spelled.ToArray());
        var wholeLine = preTokenizer.EscapeSpaces && text.Trim('\n').Length == 0;
        if ((preTokenizer.IgnoreMerges || wholeLine) && vocabulary.IdOf(text) is { } whole)
        {
            return [new ModelToken(whole, text, 0, word.Length)];
        }

        var ids = new int[spelled.Count];
        var lengths = new int[spelled.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = letters.GetValueOrDefault(spelled[i], -1);
            lengths[i] = 1;
        }

        var left = MergeQueue.Merge(ids, lengths, merges);
        var tokens = new List<ModelToken>(left);
        var at = 0;
        for (var i = 0; i < left; i++)
        {
            var (start, end) = (at, at + lengths[i]);
            at = end;
            var range = (Start: places[start], End: places[end - 1] + 1);
            if (ids[i] >= 0 && ids[i] < vocabulary.Tokens.Length)
            {
                tokens.Add(new ModelToken(ids[i], vocabulary.Tokens[ids[i]], range.Start, range.End));
                continue;
            }

            // The reference looks up each byte of the spelled text, so only ASCII letters can be found.
            for (var k = start; k < end; k++)
            {
                if (!preTokenizer.ByteLetters)
                {
                    var count = CodePoints.Utf8(spelled[k], bytes);
                    foreach (var b in bytes[..count])
                    {
                        Take(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"), places[k]);
                    }
                }
                else if (spelled[k] < 128)
                {
                    Take(((char)spelled[k]).ToString(), places[k]);
                }
            }
        }

        return [.. tokens];

        void Take(string token, int place)
        {
            if (vocabulary.IdOf(token) is { } id)
            {
                tokens.Add(new ModelToken(id, token, place, place + 1));
            }
        }
    }
}
