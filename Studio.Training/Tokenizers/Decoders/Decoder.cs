namespace Studio.Training.Tokenizers.Decoders;

/// <summary>A step that turns token strings back into text; what the last step leaves is joined.</summary>
internal abstract class Decoder
{
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>The members: the <c>type</c> in a tokenizer.json, and how its fields are read.</summary>
    private static readonly Dictionary<string, Func<JsonField, Decoder>> Members = new(StringComparer.Ordinal)
    {
        ["ByteLevel"] = _ => new ByteLevelDecoder(),
        ["Metaspace"] = MetaspaceDecoder.Read,
        ["WordPiece"] = field => new WordPieceDecoder(field["prefix"].AsOptionalString() ?? "##", field["cleanup"].AsBool(true)),
        ["BPEDecoder"] = field => new SuffixDecoder(field["suffix"].AsOptionalString() ?? "</w>"),
        ["CTC"] = field => new CtcDecoder(field["pad_token"].AsOptionalString() ?? "<pad>", field["word_delimiter_token"].AsOptionalString() ?? "|", field["cleanup"].AsBool(true)),
        ["ByteFallback"] = _ => new ByteFallbackDecoder(),
        ["Fuse"] = _ => new FuseDecoder(),
        ["Strip"] = field => new StripDecoder(field.Required("content").AsCodePoint(), field.Required("start").AsInt(), field.Required("stop").AsInt()),
        ["Replace"] = ReplaceDecoder.Read,
        ["Sequence"] = DecoderSequence.Read,
    };

    /// <summary>Reads a decoder; null where the field is absent or null.</summary>
    public static Decoder? Of(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var type = field.Required("type");
        return Members.TryGetValue(type.AsString(), out var read) ? read(field) : throw type.Error($"unknown decoder '{type.AsString()}'");
    }
}
