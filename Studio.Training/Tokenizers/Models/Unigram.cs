using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Models;

/// <summary>The unigram language model (Kudo 2018): of all ways to cut a piece into entries, the one with the highest sum of scores.</summary>
internal sealed class Unigram : TokenModel
{
    /// <summary>How much worse than the worst entry an unknown code point is.</summary>
    private const double UnknownPenalty = 10;

    private readonly Trie trie = new();
    private readonly double[] scores;
    private readonly int? unknownId;
    private readonly int[]? bytes;
    private readonly double unknownScore;
    private readonly PieceCache cache;

    private Unigram(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback)
    {
        Vocabulary = vocabulary;
        cache = new PieceCache(Cut);
        this.scores = scores;
        this.unknownId = unknownId;
        unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
        for (var id = 0; id < scores.Length; id++)
        {
            if (vocabulary.TokenOf(id) is { Length: > 0 } token)
            {
                trie.Add(CodePoints.Of(token), vocabulary.IdOf(token)!.Value);
            }
        }

        if (byteFallback)
        {
            bytes = new int[256];
            for (var b = 0; b < 256; b++)
            {
                bytes[b] = vocabulary.IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1;
            }
        }
    }

    public override Vocabulary Vocabulary { get; }

    public static Unigram Read(JsonField field)
    {
        var tokens = new List<string>();
        var scores = new List<double>();
        foreach (var item in field.Required("vocab").Items())
        {
            if (!item.IsArray || item.Element.GetArrayLength() != 2)
            {
                throw item.Error("an entry is a list of a token and a score");
            }

            tokens.Add(new JsonField(item.Element[0], item.File, item.Path + "[0]").AsString());
            scores.Add(new JsonField(item.Element[1], item.File, item.Path + "[1]").AsNumber());
        }

        var unknown = field["unk_id"];
        int? unknownId = unknown.IsNull ? null : unknown.AsInt();
        return unknownId >= tokens.Count
            ? throw unknown.Error("is outside the vocabulary")
            : new Unigram(Vocabulary.OfList(tokens, lastWins: true), [.. scores], unknownId, field["byte_fallback"].AsBool(false));
    }

    public override ModelToken[] Tokenize(ReadOnlySpan<int> piece) => cache.Get(piece);

    private ModelToken[] Cut(ReadOnlySpan<int> piece)
    {
        var best = new double[piece.Length + 1];
        var from = new int[piece.Length + 1];
        var ids = new int[piece.Length + 1];
        Array.Fill(from, -1);
        for (var start = 0; start < piece.Length; start++)
        {
            var single = false;
            var node = Trie.Root;
            for (var end = start; end < piece.Length; end++)
            {
                node = trie.Next(node, piece[end]);
                if (node < 0)
                {
                    break;
                }

                var id = trie.ValueOf(node);
                if (id < 0)
                {
                    continue;
                }

                single |= end == start;
                Offer(start, end + 1, id, scores[id] + best[start]);
            }

            if (!single)
            {
                Offer(start, start + 1, unknownId ?? throw new TokenizationException("the text holds an unknown character, and this vocabulary has no unknown token"), unknownScore + best[start]);
            }
        }

        // From the end: what is unknown in a row becomes one token.
        var cuts = new List<(int Start, int End)>();
        for (var end = piece.Length; end > 0;)
        {
            var start = from[end];
            while (start > 0 && ids[end] == unknownId && ids[start] == unknownId)
            {
                start = from[start];
            }

            cuts.Add((start, end));
            end = start;
        }

        var tokens = new List<ModelToken>(cuts.Count);
        for (var i = cuts.Count - 1; i >= 0; i--)
        {
            AddToken(piece, cuts[i].Start, cuts[i].End, tokens);
        }

        return [.. tokens];

        void Offer(int start, int end, int id, double score)
        {
            if (from[end] < 0 || score > best[end])
            {
                best[end] = score;
                from[end] = start;
                ids[end] = id;
            }
        }
    }

    private void AddToken(ReadOnlySpan<int> piece, int start, int end, List<ModelToken> tokens)
    {
        var text = CodePoints.ToText(piece[start..end]);
        if (Vocabulary.IdOf(text) is { } id)
        {
            tokens.Add(new ModelToken(id, text, start, end));
            return;
        }

        if (bytes is not null)
        {
            var spelled = CodePoints.Utf8(piece[start..end]);
            if (Array.TrueForAll(spelled, b => bytes[b] >= 0))
            {
                foreach (var b in spelled)
                {
                    tokens.Add(new ModelToken(bytes[b], Vocabulary.TokenOf(bytes[b])!, start, end));
                }

                return;
            }
        }

        tokens.Add(new ModelToken(unknownId!.Value, text, start, end));
    }
}
