namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>A step that splits the pieces of a text further; pieces that are tokens pass through, empty ones vanish.</summary>
internal abstract class PreTokenizer
{
    public abstract List<Piece> Split(List<Piece> pieces);

    /// <summary>The members: the <c>type</c> in a tokenizer.json, and how its fields are read.</summary>
    private static readonly Dictionary<string, Func<JsonField, PreTokenizer>> Members = new(StringComparer.Ordinal)
    {
        ["ByteLevel"] = ByteLevel.Read,
        ["Metaspace"] = Metaspace.Read,
        ["Split"] = SplitOnPattern.Read,
        ["Punctuation"] = SplitOnPattern.ReadPunctuation,
        ["Digits"] = SplitOnPattern.ReadDigits,
        ["WhitespaceSplit"] = _ => SplitOnPattern.OnWhiteSpace(),
        ["CharDelimiterSplit"] = SplitOnPattern.ReadDelimiter,
        ["Whitespace"] = _ => new WordsAndSymbols(),
        ["BertPreTokenizer"] = _ => new BertWords(),
        ["UnicodeScripts"] = _ => new UnicodeScripts(),
        ["FixedLength"] = field => new FixedLength(field["length"].AsInt(5)),
        ["Sequence"] = PreTokenizerSequence.Read,
    };

    /// <summary>Reads a pre-tokenizer; null where the field is absent or null.</summary>
    public static PreTokenizer? Of(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var type = field.Required("type");
        return Members.TryGetValue(type.AsString(), out var read) ? read(field) : throw type.Error($"unknown pre-tokenizer '{type.AsString()}'");
    }
}
