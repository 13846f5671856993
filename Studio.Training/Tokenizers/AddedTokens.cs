using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.PreTokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers;

/// <summary>The tokens that stand beside the model's vocabulary, and the search for them in a text (leftmost, then longest).</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> tokens = [];
    private readonly Dictionary<int, string> decoded = [];
    private readonly HashSet<string> special = new(StringComparer.Ordinal);
    private readonly TokenSearch raw;
    private readonly TokenSearch normalized;
    private readonly Normalizer? normalizer;

    /// <summary>The list of a tokenizer.json. Ids are not taken from it: a token of the model keeps the model's, others are numbered on from the end.</summary>
    public AddedTokens(IReadOnlyList<AddedToken> list, Vocabulary vocabulary, Normalizer? normalizer)
        : this(Numbered(list, vocabulary), normalizer)
    {
    }

    /// <summary>Tokens with the ids they are given; the last of equal ones counts.</summary>
    public AddedTokens(IReadOnlyList<(int Id, AddedToken Token)> list, Normalizer? normalizer = null)
    {
        this.normalizer = normalizer;
        foreach (var (id, token) in list)
        {
            ids[token.Content] = id;
            tokens[id] = token;
            if (token.Special)
            {
                special.Add(token.Content);
            }
        }

        // Special ones first: of two with the same text after normalisation the first found wins.
        var ordered = tokens.OrderBy(pair => pair.Value.Special ? 0 : 1).ToList();
        raw = new TokenSearch(ordered.Where(pair => !pair.Value.Normalized).Select(pair => (CodePoints.Of(pair.Value.Content), pair.Key)));
        normalized = new TokenSearch(ordered.Where(pair => pair.Value.Normalized).Select(pair => (Normalize(pair.Value.Content), pair.Key)));
        foreach (var (id, token) in tokens)
        {
            decoded[id] = token.Normalized ? CodePoints.ToText(Normalize(token.Content)) : token.Content;
        }
    }

    private static List<(int Id, AddedToken Token)> Numbered(IReadOnlyList<AddedToken> list, Vocabulary vocabulary)
    {
        var result = new List<(int, AddedToken)>(list.Count);
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var highest = -1;
        foreach (var token in list.Where(token => token.Content.Length > 0))
        {
            if (!known.TryGetValue(token.Content, out var id))
            {
                id = vocabulary.IdOf(token.Content) ?? (highest >= vocabulary.Count ? highest + 1 : vocabulary.Count);
                known[token.Content] = id;
            }

            highest = Math.Max(highest, id);
            result.Add((id, token));
        }

        return result;
    }

    public IEnumerable<(int Id, AddedToken Token)> All => tokens.Select(pair => (pair.Key, pair.Value));

    public int Count => tokens.Count;

    public int? IdOf(string content) => ids.TryGetValue(content, out var id) ? id : null;

    public string? TokenOf(int id) => tokens.GetValueOrDefault(id)?.Content;

    /// <summary>What an added token decodes to: its content as it was looked for, that is normalised where the token is.</summary>
    public string? DecodedOf(int id) => decoded.GetValueOrDefault(id);

    public bool IsSpecial(string content) => special.Contains(content);

    private int[] Normalize(string content)
    {
        var codePoints = CodePoints.Of(content);
        return normalizer is null ? codePoints : normalizer.Normalize(new NormalizedText(codePoints)).CodePoints;
    }

    /// <summary>Cuts a text at its added tokens and normalises what lies between.</summary>
    public List<Piece> Cut(NormalizedText text, bool parseSpecialTokens = true)
    {
        var first = new List<Piece>();
        Cut(Piece.Of(text), raw, first, parseSpecialTokens);
        if (normalizer is null && normalized.IsEmpty)
        {
            return first;
        }

        var second = new List<Piece>(first.Count);
        foreach (var piece in first)
        {
            if (piece.IsToken)
            {
                second.Add(piece);
            }
            else
            {
                Cut(normalizer is null ? piece : Piece.Of(normalizer.Normalize(piece.Whole)), normalized, second, parseSpecialTokens);
            }
        }

        return second;
    }

    private void Cut(Piece piece, TokenSearch search, List<Piece> output, bool parseSpecialTokens)
    {
        if (search.IsEmpty)
        {
            AddText(0, piece.Length);
            return;
        }

        var span = piece.Span;
        var done = 0;
        var at = 0;
        while (search.Next(span, ref at, out var start, out var end, out var id))
        {
            var token = tokens[id];
            if (token.Special && !parseSpecialTokens)
            {
                continue;
            }

            if (token.SingleWord && (start > 0 && UnicodeClasses.IsWord(span[start - 1]) || end < span.Length && UnicodeClasses.IsWord(span[end])))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                var blank = start;
                while (blank > 0 && UnicodeClasses.IsWhiteSpace(span[blank - 1]))
                {
                    blank--;
                }

                start = Math.Max(blank, done);
            }

            while (token.RightStrip && end < span.Length && UnicodeClasses.IsWhiteSpace(span[end]))
            {
                end++;
            }

            AddText(done, start);
            output.Add(piece with { Start = piece.Start + start, Length = end - start, TokenId = id });
            done = end;
        }

        AddText(done, piece.Length);

        void AddText(int start, int end)
        {
            if (end > start)
            {
                output.Add(piece with { Start = piece.Start + start, Length = end - start });
            }
        }
    }
}
