using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Studio.Data.Evaluation.Exams;

/// <summary>Reads dictionaries, lists, strings, numbers, None, True and False as Python's repr writes them.</summary>
public static class PythonLiteral
{
    private const int Deepest = 32;

    /// <summary>The value; null when the text is no literal (or is None).</summary>
    public static JsonNode? TryRead(string text)
    {
        try
        {
            var at = 0;
            var value = Value(text, ref at, 0);
            Space(text, ref at);
            return at == text.Length ? value : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static JsonNode? Value(string text, ref int at, int depth)
    {
        Space(text, ref at);
        var c = depth < Deepest ? Peek(text, at) : throw new FormatException("too deep");
        switch (c)
        {
            case '{':
                var map = new JsonObject();
                at++;
                while (!Ends(text, ref at, '}'))
                {
                    var key = Value(text, ref at, depth + 1) is JsonValue name ? name.ToString() : throw new FormatException("a key is no text");
                    Need(text, ref at, ':');
                    map[key] = Value(text, ref at, depth + 1);
                }

                return map;
            case '[' or '(':
                var list = new JsonArray();
                at++;
                while (!Ends(text, ref at, c == '[' ? ']' : ')'))
                {
                    list.Add(Value(text, ref at, depth + 1));
                }

                return list;
            case '\'' or '"':
                // Neighbouring strings are one string.
                var whole = new StringBuilder();
                do
                {
                    whole.Append(String(text, ref at));
                    Space(text, ref at);
                }
                while (at < text.Length && text[at] is '\'' or '"');
                return JsonValue.Create(whole.ToString());
            default:
                var start = at;
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '.' or '-' or '+' or '_'))
                {
                    at++;
                }

                return text[start..at] switch
                {
                    "None" => null,
                    "True" => JsonValue.Create(true),
                    "False" => JsonValue.Create(false),
                    var number when double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var read) => JsonValue.Create(read),
                    var other => throw new FormatException($"unknown word {other}"),
                };
        }
    }

    private static string String(string text, ref int at)
    {
        var quote = text[at++];
        var read = new StringBuilder();
        for (; Peek(text, at) != quote; at++)
        {
            if (text[at] != '\\')
            {
                read.Append(text[at]);
                continue;
            }

            at++;
            var escape = Peek(text, at);
            switch (escape)
            {
                case 'n': read.Append('\n'); break;
                case 't': read.Append('\t'); break;
                case 'r': read.Append('\r'); break;
                case '\\' or '\'' or '"': read.Append(escape); break;
                case 'x': read.Append(Code(text, ref at, 2)); break;
                case 'u': read.Append(Code(text, ref at, 4)); break;
                case 'U': read.Append(Code(text, ref at, 8)); break;
                default: read.Append('\\').Append(escape); break;
            }
        }

        at++;
        return read.ToString();
    }

    private static string Code(string text, ref int at, int digits)
    {
        if (at + digits >= text.Length || !int.TryParse(text.AsSpan(at + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) || code is > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
        {
            throw new FormatException("a bad escape");
        }

        at += digits;
        return char.ConvertFromUtf32(code);
    }

    private static bool Ends(string text, ref int at, char end)
    {
        Space(text, ref at);
        if (Peek(text, at) == ',')
        {
            at++;
            Space(text, ref at);
        }

        if (Peek(text, at) != end)
        {
            return false;
        }

        at++;
        return true;
    }

    private static void Need(string text, ref int at, char wanted)
    {
        Space(text, ref at);
        at = Peek(text, at) == wanted ? at + 1 : throw new FormatException($"{wanted} is missing");
    }

    private static void Space(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }

    private static char Peek(string text, int at) => at < text.Length ? text[at] : throw new FormatException("cut off");
}
