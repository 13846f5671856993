using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Writes the UTF-8 bytes of the text in the byte-level alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override NormalizedText Normalize(NormalizedText text) => Spell(text);

    public static NormalizedText Spell(NormalizedText text)
    {
        var length = 0;
        var plain = true;
        foreach (var c in text.CodePoints)
        {
            length += CodePoints.Utf8Length(c);
            plain &= c < 0x80;
        }

        var letters = new int[length];
        if (plain)
        {
            for (var i = 0; i < length; i++)
            {
                letters[i] = ByteAlphabet.Letters[text.CodePoints[i]];
            }

            return text.WithCodePoints(letters);
        }

        var starts = new int[length];
        var ends = new int[length];
        Span<byte> bytes = stackalloc byte[4];
        var at = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var count = CodePoints.Utf8(text.CodePoints[i], bytes);
            for (var k = 0; k < count; k++, at++)
            {
                letters[at] = ByteAlphabet.Letters[bytes[k]];
                starts[at] = text.StartOf(i);
                ends[at] = text.EndOf(i);
            }
        }

        return new NormalizedText(letters, starts, ends, text.Origin);
    }
}
