using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Serving;

/// <summary>Reads values out of a request body; a wrong type or a number out of range is an <see cref="ApiFault"/> that names the field.</summary>
internal static class JsonReading
{
    public static async Task<JsonObject> ReadObjectAsync(Stream body, CancellationToken cancellation)
    {
        try
        {
            var node = await JsonNode.ParseAsync(body, documentOptions: new JsonDocumentOptions { MaxDepth = 64 }, cancellationToken: cancellation).ConfigureAwait(false);
            return node as JsonObject ?? throw new ApiFault(400, "The request body must be a JSON object.");
        }
        catch (JsonException fault)
        {
            throw new ApiFault(400, $"The request body is not valid JSON: {fault.Message}");
        }
    }

    public static double Number(this JsonObject body, string name, double otherwise, double min, double max)
    {
        if (Value(body, name) is not { } value)
        {
            return otherwise;
        }

        if (value.GetValueKind() != JsonValueKind.Number || !value.TryGetValue(out double number) || !double.IsFinite(number))
        {
            throw new ApiFault(400, $"'{name}' must be a number.", name);
        }

        return number >= min && number <= max ? number : throw new ApiFault(400, FormattableString.Invariant($"'{name}' is {number}; it must be between {min} and {max}."), name);
    }

    public static int? Integer(this JsonObject body, string name, int min, int max)
    {
        if (Value(body, name) is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() != JsonValueKind.Number || !value.TryGetValue(out double number) || number != Math.Floor(number))
        {
            throw new ApiFault(400, $"'{name}' must be an integer.", name);
        }

        return number >= min && number <= max ? (int)number : throw new ApiFault(400, FormattableString.Invariant($"'{name}' is {number}; it must be between {min} and {max}."), name);
    }

    public static bool Flag(this JsonObject body, string name, bool otherwise = false) =>
        Value(body, name) switch
        {
            null => otherwise,
            { } value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
            _ => throw new ApiFault(400, $"'{name}' must be true or false.", name),
        };

    public static string? Text(this JsonObject body, string name) =>
        Value(body, name) switch
        {
            null => null,
            { } value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            _ => throw new ApiFault(400, $"'{name}' must be a string.", name),
        };

    public static long? Seed(this JsonObject body)
    {
        if (Value(body, "seed") is not { } value)
        {
            return null;
        }

        return value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out long seed) ? seed : throw new ApiFault(400, "'seed' must be a 64-bit integer.", "seed");
    }

    /// <summary>A string or a list of strings.</summary>
    public static IReadOnlyList<string> Texts(this JsonObject body, string name, int most)
    {
        if (body[name] is JsonArray list)
        {
            if (list.Count > most)
            {
                throw new ApiFault(400, $"'{name}' holds {list.Count} strings; at most {most} are allowed.", name);
            }

            return [.. list.Select((item, i) => item is JsonValue v && v.GetValueKind() == JsonValueKind.String && v.GetValue<string>() is { Length: > 0 } text
                ? text
                : throw new ApiFault(400, $"'{name}[{i}]' must be a string that is not empty.", name))];
        }

        return body.Text(name) is { Length: > 0 } single ? [single] : [];
    }

    private static JsonValue? Value(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value => value,
        _ => throw new ApiFault(400, $"'{name}' has the wrong type.", name),
    };
}
