using System.Text;

namespace Studio.Training.Tokenizers.Texts;

/// <summary>Text as an array of Unicode code points; a lone surrogate becomes U+FFFD.</summary>
internal static class CodePoints
{
    public static int[] Of(string text)
    {
        var result = new int[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (!char.IsSurrogate(c))
            {
                result[count++] = c;
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                result[count++] = char.ConvertToUtf32(c, text[++i]);
            }
            else
            {
                result[count++] = 0xFFFD;
            }
        }

        return count == text.Length ? result : result[..count];
    }

    public static string ToText(ReadOnlySpan<int> codePoints)
    {
        var builder = new StringBuilder(codePoints.Length);
        foreach (var c in codePoints)
        {
            Append(builder, c);
        }

        return builder.ToString();
    }

    public static void Append(StringBuilder builder, int codePoint)
    {
        if (codePoint < 0x10000)
        {
            builder.Append((char)codePoint);
        }
        else
        {
            builder.Append((char)(0xD7C0 + (codePoint >> 10))).Append((char)(0xDC00 + (codePoint & 0x3FF)));
        }
    }

    /// <summary>Number of UTF-8 bytes of a code point.</summary>
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Writes the UTF-8 bytes of a code point and returns their number.</summary>
    public static int Utf8(int c, Span<byte> bytes)
    {
        if (c < 0x80)
        {
            bytes[0] = (byte)c;
            return 1;
        }

        if (c < 0x800)
        {
            bytes[0] = (byte)(0xC0 | c >> 6);
            bytes[1] = (byte)(0x80 | c & 0x3F);
            return 2;
        }

        if (c < 0x10000)
        {
            bytes[0] = (byte)(0xE0 | c >> 12);
            bytes[1] = (byte)(0x80 | c >> 6 & 0x3F);
            bytes[2] = (byte)(0x80 | c & 0x3F);
            return 3;
        }

        bytes[0] = (byte)(0xF0 | c >> 18);
        bytes[1] = (byte)(0x80 | c >> 12 & 0x3F);
        bytes[2] = (byte)(0x80 | c >> 6 & 0x3F);
        bytes[3] = (byte)(0x80 | c & 0x3F);
        return 4;
    }

    /// <summary>UTF-8 bytes of code points.</summary>
    public static byte[] Utf8(ReadOnlySpan<int> codePoints)
    {
        var length = 0;
        foreach (var c in codePoints)
        {
            length += Utf8Length(c);
        }

        var bytes = new byte[length];
        var at = 0;
        foreach (var c in codePoints)
        {
            at += Utf8(c, bytes.AsSpan(at));
        }

        return bytes;
    }
}
