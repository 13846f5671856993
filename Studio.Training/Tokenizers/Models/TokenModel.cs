namespace Studio.Training.Tokenizers.Models;

/// <summary>What turns a piece of text into vocabulary entries.</summary>
internal abstract class TokenModel
{
    public abstract Vocabulary Vocabulary { get; }

    /// <summary>The tokens of a piece that is not empty. Safe to call from several threads.</summary>
    public abstract ModelToken[] Tokenize(ReadOnlySpan<int> piece);

    /// <summary>The members: the <c>type</c> in a tokenizer.json, and how its fields are read.</summary>
    private static readonly Dictionary<string, Func<JsonField, TokenModel>> Members = new(StringComparer.Ordinal)
    {
        ["BPE"] = BytePairs.Read,
        ["Unigram"] = Unigram.Read,
        ["WordPiece"] = WordPiece.Read,
        ["WordLevel"] = WordLevel.Read,
    };

    public static TokenModel Of(JsonField field)
    {
        var type = field["type"];
        if (!type.IsNull)
        {
            return Members.TryGetValue(type.AsString(), out var read) ? read(field) : throw type.Error($"unknown model '{type.AsString()}'");
        }

        // Old files say nothing: the fields tell.
        return !field["merges"].IsNull ? BytePairs.Read(field)
            : field["vocab"].IsArray ? Unigram.Read(field)
            : !field["continuing_subword_prefix"].IsNull || !field["max_input_chars_per_word"].IsNull ? WordPiece.Read(field)
            : WordLevel.Read(field);
    }
}
