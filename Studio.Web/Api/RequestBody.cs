using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;

namespace Studio.Web.Api;

/// <summary>Reads JSON bodies with limits and names what is wrong with them.</summary>
public static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <exception cref="RequestException">400 or 415: not JSON, or not an object.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentType is { Length: > 0 } type && !(MediaTypeHeaderValue.TryParse(type, out var media) && (media.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.Suffix == "json")))
        {
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be application/json.");
        }

        try
        {
            var body = await JsonNode.ParseAsync(request.Body, null, Strict, cancellation) as JsonObject
                ?? throw RequestException.Invalid(null, "The body must be a JSON object.", "invalid_json");
            ReadTexts(body);
            return body;
        }
        catch (JsonException fault)
        {
            throw RequestException.Invalid(null, $"The body is not valid JSON: {fault.Message}", "invalid_json");
        }
        catch (InvalidOperationException)
        {
            throw RequestException.Invalid(null, "A text of the body holds half a surrogate pair (\\ud800 to \\udfff alone), which is no character.", "invalid_json");
        }
    }

    // Texts are decoded when they are read: done once here, so that no reader meets one that cannot be.
    private static void ReadTexts(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject pairs:
                foreach (var (_, value) in pairs)
                {
                    ReadTexts(value);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    ReadTexts(item);
                }

                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
            default:
                break;
        }
    }

    /// <summary>A string field, or null when it is missing or null.</summary>
    public static string? Text(this JsonObject body, string name, int maxLength = 4096)
    {
        if (body[name] is not { } node)
        {
            return null;
        }

        var text = node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : throw RequestException.Invalid(name, $"'{name}' must be a string.");
        return text.Length <= maxLength ? text : throw RequestException.Invalid(name, $"'{name}' is longer than {maxLength} characters.");
    }

    public static string RequiredText(this JsonObject body, string name) =>
        body.Text(name) is { Length: > 0 } text ? text : throw RequestException.Invalid(name, $"Missing required parameter: '{name}'.", "missing_required_parameter");

    public static JsonObject? Object(this JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw RequestException.Invalid(name, $"'{name}' must be an object."),
    };

    /// <summary>A whole number of a range, or null when it is missing or null.</summary>
    public static int? Integer(this JsonObject body, string name, int low, int high)
    {
        if (body[name] is not { } node)
        {
            return null;
        }

        return node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<int>(out var number) && number >= low && number <= high
            ? number
            : throw RequestException.Invalid(name, FormattableString.Invariant($"'{name}' must be an integer from {low} to {high}."));
    }
}
