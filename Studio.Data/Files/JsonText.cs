using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Data.Files;

/// <summary>
/// Parses one JSON value strictly (RFC 8259) and eagerly: a lone surrogate, a field that appears twice or a depth beyond 64 is an error here and
/// not a surprise later.
/// </summary>
internal static class JsonText
{
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth };

    /// <summary>Null reason = parsed.</summary>
    /// <param name="cut">True when the text only lacks its end.</param>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, out string? reason, out bool cut)
    {
        reason = null;
        cut = false;
        var reader = new Utf8JsonReader(utf8, isFinalBlock: true, new JsonReaderState(Strict));
        try
        {
            reader.Read();
            var value = ReadValue(ref reader);
            if (reader.Read())
            {
                reason = "something follows after the value";
            }

            return value;
        }
        catch (JsonException fault)
        {
            cut = IsCut(utf8);
            reason = Explain(fault);
            return null;
        }
        catch (InvalidOperationException)
        {
            reason = "a text holds half of a surrogate pair (\\ud800 to \\udfff without its partner)";
            return null;
        }
    }

    /// <summary>Reads the value at which the reader stands, all of which must be in its buffer.</summary>
    /// <exception cref="JsonException">A field appears twice.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid Unicode.</exception>
    public static JsonNode? ReadValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var fields = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    if (fields.ContainsKey(name))
                    {
                        throw new JsonException($"the field \"{name}\" appears twice");
                    }

                    reader.Read();
                    fields.Add(name, ReadValue(ref reader));
                }

                return fields;
            case JsonTokenType.StartArray:
                var items = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader));
                }

                return items;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            case JsonTokenType.Number:
                // Kept as written: an id of 20 digits must not turn into a rounded double.
                return JsonValue.Create(JsonElement.ParseValue(ref reader));
            default:
                return null;
        }
    }

    /// <summary>The parser's message without its position tail, starting in lower case.</summary>
    public static string Explain(JsonException fault)
    {
        var text = fault.Message;
        var tail = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        text = (tail > 0 ? text[..tail] : text).TrimEnd('.');
        if (fault.BytePositionInLine is { } position)
        {
            text += string.Create(CultureInfo.InvariantCulture, $" (byte {position + 1})");
        }

        return text.Length > 1 && char.IsUpper(text[0]) && !char.IsUpper(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }

    /// <summary>At most 200 characters of a place, for a problem.</summary>
    public static string Excerpt(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 600)]);
        return Cut(text);
    }

    public static string Cut(string text)
    {
        text = text.Trim('\uFFFD');
        if (text.Length <= 200)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[198]) ? 198 : 199;
        return text[..end] + "…";
    }

    private static bool IsCut(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, isFinalBlock: false, new JsonReaderState(Strict));
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
