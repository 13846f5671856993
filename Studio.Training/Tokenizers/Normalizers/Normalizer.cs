using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>A step that rewrites a text before it is split.</summary>
internal abstract class Normalizer
{
    public abstract NormalizedText Normalize(NormalizedText text);

    /// <summary>The members: the <c>type</c> in a tokenizer.json, and how its fields are read.</summary>
    private static readonly Dictionary<string, Func<JsonField, Normalizer>> Members = new(StringComparer.Ordinal)
    {
        ["NFC"] = _ => new UnicodeForm(compatibility: false, compose: true),
        ["NFD"] = _ => new UnicodeForm(compatibility: false, compose: false),
        ["NFKC"] = _ => new UnicodeForm(compatibility: true, compose: true),
        ["NFKD"] = _ => new UnicodeForm(compatibility: true, compose: false),
        ["Nmt"] = _ => new Nmt(),
        ["Lowercase"] = _ => new Lowercase(),
        ["StripAccents"] = _ => new StripAccents(),
        ["Strip"] = field => new Strip(field["strip_left"].AsBool(true), field["strip_right"].AsBool(true)),
        ["Replace"] = Replace.Read,
        ["Prepend"] = field => new Prepend(field.Required("prepend").AsString()),
        ["ByteLevel"] = _ => new ByteLevelNormalizer(),
        ["BertNormalizer"] = Bert.Read,
        ["Precompiled"] = Precompiled.Read,
        ["Sequence"] = NormalizerSequence.Read,
    };

    /// <summary>Reads a normalizer; null where the field is absent or null.</summary>
    public static Normalizer? Of(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var type = field.Required("type");
        return Members.TryGetValue(type.AsString(), out var read) ? read(field) : throw type.Error($"unknown normalizer '{type.AsString()}'");
    }
}
