using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's table as a tokenizer.json holds it. It is asked for whole grapheme clusters of less than six bytes first, then for single code points, and the first
/// (shortest) entry that begins the piece replaces all of it: that is how the tables were meant to be read by this format.
/// </summary>
internal sealed class Precompiled(CharacterMap map) : Normalizer
{
    public static Precompiled Read(JsonField field)
    {
        var data = field.Required("precompiled_charsmap");
        try
        {
            return new(CharacterMap.Parse(Convert.FromBase64String(data.AsString())));
        }
        catch (FormatException exception)
        {
            throw new TokenizerFormatException(data.File, data.Path, exception.Message, exception);
        }
    }

    public override NormalizedText Normalize(NormalizedText text)
    {
        var changes = new List<(int CodePoint, int Change)>(text.Length);
        var modified = false;
        var whole = CodePoints.ToText(text.CodePoints);
        var at = 0;
        for (var i = 0; i < whole.Length;)
        {
            var size = StringInfo.GetNextTextElementLength(whole, i);
            var count = 0;
            var bytes = 0;
            for (var end = i + size; i < end; i += char.IsHighSurrogate(whole[i]) ? 2 : 1)
            {
                bytes += CodePoints.Utf8Length(text.CodePoints[at + count]);
                count++;
            }

            if (bytes < 6 && Replaced(text.Span(at, count), changes))
            {
                modified = true;
            }
            else
            {
                for (var k = 0; k < count; k++)
                {
                    if (Replaced(text.Span(at + k, 1), changes))
                    {
                        modified = true;
                    }
                    else
                    {
                        changes.Add((text.CodePoints[at + k], 0));
                    }
                }
            }

            at += count;
        }

        if (!modified)
        {
            return text;
        }

        var change = new NormalizedText.Change(text, changes.Count);
        foreach (var (codePoint, delta) in changes)
        {
            change.Add(codePoint, delta);
        }

        return change.Done();
    }

    private bool Replaced(ReadOnlySpan<int> piece, List<(int CodePoint, int Change)> changes)
    {
        Span<byte> buffer = stackalloc byte[4 * piece.Length];
        var length = 0;
        foreach (var c in piece)
        {
            length += CodePoints.Utf8(c, buffer[length..]);
        }

        var (matched, replacement) = map.Match(buffer[..length], longest: false);
        if (matched == 0)
        {
            return false;
        }

        var written = CodePoints.Of(System.Text.Encoding.UTF8.GetString(replacement.Span));
        for (var i = 0; i < written.Length; i++)
        {
            changes.Add((written[i], i >= piece.Length ? 1 : 0));
        }

        if (written.Length < piece.Length && changes.Count > 0)
        {
            changes[^1] = (changes[^1].CodePoint, changes[^1].Change + written.Length - piece.Length);
        }

        return true;
    }
}
