using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Models;

/// <summary>WordPiece (Schuster and Nakajima 2012, as BERT uses it): the longest entry that begins the rest of the word, again and again; a word that does not come out is unknown as a whole.</summary>
internal sealed class WordPiece : TokenModel
{
    private readonly string unknown;
    private readonly int longestWord;
    private readonly Trie begins = new();
    private readonly Trie continues = new();
    private readonly PieceCache cache;

    private WordPiece(Vocabulary vocabulary, string unknown, string continuingPrefix, int longestWord)
    {
        Vocabulary = vocabulary;
        cache = new PieceCache(Cut);
        this.unknown = unknown;
        this.longestWord = longestWord;
        foreach (var (token, id) in vocabulary.Ids)
        {
            begins.Add(CodePoints.Of(token), id);
            if (token.StartsWith(continuingPrefix, StringComparison.Ordinal))
            {
                continues.Add(CodePoints.Of(token[continuingPrefix.Length..]), id);
            }
        }
    }

    public override Vocabulary Vocabulary { get; }

    public static WordPiece Read(JsonField field) => new(
        Vocabulary.Read(field.Required("vocab")),
        field["unk_token"].AsOptionalString() ?? "[UNK]",
        field["continuing_subword_prefix"].AsOptionalString() ?? "##",
        field["max_input_chars_per_word"].AsInt(100));

    public override ModelToken[] Tokenize(ReadOnlySpan<int> piece) => cache.Get(piece);

    private ModelToken[] Cut(ReadOnlySpan<int> piece)
    {
        var tokens = new List<ModelToken>();
        for (var start = 0; start < piece.Length && piece.Length <= longestWord;)
        {
            var trie = start == 0 ? begins : continues;
            var (found, length) = (-1, 0);
            var node = Trie.Root;
            for (var end = start; end < piece.Length && (node = trie.Next(node, piece[end])) >= 0; end++)
            {
                if (trie.ValueOf(node) is >= 0 and var id)
                {
                    (found, length) = (id, end + 1 - start);
                }
            }

            if (found < 0)
            {
                tokens.Clear();
                break;
            }

            tokens.Add(new ModelToken(found, Vocabulary.TokenOf(found)!, start, start + length));
            start += length;
        }

        if (tokens.Count > 0)
        {
            return [.. tokens];
        }

        var unknownId = Vocabulary.IdOf(unknown) ?? throw new TokenizationException($"the text holds an unknown word, and the unknown token '{unknown}' is not in the vocabulary");
        return [new ModelToken(unknownId, unknown, 0, piece.Length)];
    }
}
