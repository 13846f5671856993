using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Data.Registry;

/// <summary>JSON in one form only (RFC 8785): members sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them. What is signed.</summary>
public static class CanonicalJson
{
    public static byte[] Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject fields:
                text.Append('{');
                foreach (var (index, (name, value)) in fields.OrderBy(f => f.Key, StringComparer.Ordinal).Index())
                {
                    text.Append(index > 0 ? "," : "");
                    AppendText(text, name);
                    text.Append(':');
                    Append(text, value);
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var (index, item) in items.Index())
                {
                    text.Append(index > 0 ? "," : "");
                    Append(text, item);
                }

                text.Append(']');
                break;
            default:
                AppendValue(text, node.AsValue());
                break;
        }
    }

    private static void AppendValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                AppendText(text, value.GetValue<string>());
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            default:
                text.Append(Number(double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)));
                break;
        }
    }

    private static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    /// <summary>The shortest digits that read back the same, laid out as ECMAScript's Number.prototype.toString does.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "JSON has no such number.");
        }

        if (value == 0)
        {
            return "0";
        }

        // .NET's shortest form has the right digits; only the layout differs (1E-07 for 1e-7).
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = shortest[0].IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? shortest[0].Length : point;
        var all = shortest[0].Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        var exponent = whole - 1 - (all.Length - digits.Length) + (shortest.Length > 1 ? int.Parse(shortest[1], CultureInfo.InvariantCulture) : 0);
        return (value < 0 ? "-" : "") + Layout(digits.TrimEnd('0'), exponent);
    }

    /// <param name="exponent">Of the first digit.</param>
    private static string Layout(string digits, int exponent)
    {
        var point = exponent + 1;
        return point > 21 || point < -5
            ? digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + string.Create(CultureInfo.InvariantCulture, $"e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}")
            : point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits + new string('0', point - digits.Length)
            : digits[..point] + "." + digits[point..];
    }
}
