using System.Globalization;
using System.Text;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Decodes the inside of a string literal with Python's escapes.</summary>
internal static class StringLiteral
{
    // Characters that templates name with \N{...}. The full list of Unicode names is not part of .NET.
    private static readonly Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SPACE"] = 0x20, ["NO-BREAK SPACE"] = 0xa0, ["COPYRIGHT SIGN"] = 0xa9, ["REGISTERED SIGN"] = 0xae, ["DEGREE SIGN"] = 0xb0, ["PLUS-MINUS SIGN"] = 0xb1,
        ["MIDDLE DOT"] = 0xb7, ["MULTIPLICATION SIGN"] = 0xd7, ["DIVISION SIGN"] = 0xf7, ["SECTION SIGN"] = 0xa7, ["PILCROW SIGN"] = 0xb6,
        ["ZERO WIDTH SPACE"] = 0x200b, ["ZERO WIDTH NON-JOINER"] = 0x200c, ["ZERO WIDTH JOINER"] = 0x200d, ["WORD JOINER"] = 0x2060, ["ZERO WIDTH NO-BREAK SPACE"] = 0xfeff,
        ["HYPHEN"] = 0x2010, ["EN DASH"] = 0x2013, ["EM DASH"] = 0x2014, ["LEFT SINGLE QUOTATION MARK"] = 0x2018, ["RIGHT SINGLE QUOTATION MARK"] = 0x2019,
        ["LEFT DOUBLE QUOTATION MARK"] = 0x201c, ["RIGHT DOUBLE QUOTATION MARK"] = 0x201d, ["BULLET"] = 0x2022, ["HORIZONTAL ELLIPSIS"] = 0x2026, ["EURO SIGN"] = 0x20ac,
        ["LEFTWARDS ARROW"] = 0x2190, ["UPWARDS ARROW"] = 0x2191, ["RIGHTWARDS ARROW"] = 0x2192, ["DOWNWARDS ARROW"] = 0x2193, ["CHECK MARK"] = 0x2713, ["BALLOT X"] = 0x2717,
        ["FULLWIDTH VERTICAL LINE"] = 0xff5c, ["LOWER ONE EIGHTH BLOCK"] = 0x2581, ["LINE SEPARATOR"] = 0x2028, ["PARAGRAPH SEPARATOR"] = 0x2029, ["REPLACEMENT CHARACTER"] = 0xfffd,
        ["LINE FEED"] = 0x0a, ["CARRIAGE RETURN"] = 0x0d, ["CHARACTER TABULATION"] = 0x09, ["NULL"] = 0,
    };

    public static string Decode(string text, int line)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '\\')
            {
                result.Append(text[at++]);
                continue;
            }

            // A literal always has a character after a backslash, else the lexer would not have ended it here.
            var c = text[++at];
            at++;
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    result.Append(c);
                    break;
                case 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v':
                    result.Append("\a\b\f\n\r\t\v"["abfnrtv".IndexOf(c, StringComparison.Ordinal)]);
                    break;
                case >= '0' and <= '7':
                    var octal = c - '0';
                    for (var i = 0; i < 2 && at < text.Length && text[at] is >= '0' and <= '7'; i++)
                    {
                        octal = (octal * 8) + text[at++] - '0';
                    }

                    result.Append((char)octal);
                    break;
                case 'x' or 'u' or 'U':
                    result.Append(CodePoints.FromNumber(Hex(text, ref at, c, line)));
                    break;
                case 'N':
                    result.Append(CodePoints.FromNumber(Named(text, ref at, line)));
                    break;
                case > '\x7f':
                    // Jinja writes such a character as an ASCII escape before it decodes, and the escape's backslash is then the escaped one.
                    var width = char.IsHighSurrogate(c) && at < text.Length && char.IsLowSurrogate(text[at]) ? 2 : 1;
                    result.Append(PythonJson.Ascii(text.Substring(at - 1, width)));
                    at += width - 1;
                    break;
                default:
                    result.Append('\\').Append(c);
                    break;
            }
        }

        return result.ToString();
    }

    private static int Hex(string text, ref int at, char kind, int line)
    {
        var length = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
        if (at + length > text.Length || !int.TryParse(text.AsSpan(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value is < 0 or > 0x10ffff)
        {
            throw TemplateException.Syntax(kind == 'U' ? "illegal Unicode character" : $"truncated \\{kind}{new string('X', length)} escape", line);
        }

        at += length;
        return value;
    }

    private static int Named(string text, ref int at, int line)
    {
        var close = at < text.Length && text[at] == '{' ? text.IndexOf('}', at) : -1;
        if (close < 0)
        {
            throw TemplateException.Syntax("malformed \\N character escape", line);
        }

        var name = text[(at + 1)..close];
        at = close + 1;
        return names.TryGetValue(name, out var value) ? value : throw TemplateException.Syntax($"unknown Unicode character name '{name}'; write the character itself", line);
    }
}
