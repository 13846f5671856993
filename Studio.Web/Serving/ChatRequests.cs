using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Web.Serving;

/// <summary>A fault in a request body: which field, and what is wrong.</summary>
public sealed record RequestFault(string Message, string? Param);

/// <summary>Checks a chat or completion request before it reaches a model: types and ranges as the OpenAI reference gives them.</summary>
public static class ChatRequests
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    public static RequestFault? CheckChat(JsonObject body)
    {
        if (body["messages"] is not JsonArray { Count: > 0 } messages)
        {
            return new("'messages' must be a non-empty array.", "messages");
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (CheckMessage(messages[i], $"messages[{i}]") is { } fault)
            {
                return fault;
            }
        }

        return Common(body) ?? Number(body, "top_logprobs", 0, 20, whole: true) ?? Flag(body, "logprobs");
    }

    public static RequestFault? CheckCompletion(JsonObject body)
    {
        var prompt = body["prompt"];
        var valid = IsText(prompt) || (prompt is JsonArray { Count: > 0 } list && list.All(p => IsText(p) || p is JsonValue v && v.GetValueKind() == JsonValueKind.Number || p is JsonArray));
        return valid ? Common(body) ?? Number(body, "logprobs", 0, 20, whole: true) ?? Flag(body, "echo") : new("'prompt' must be a string or a non-empty array.", "prompt");
    }

    private static RequestFault? CheckMessage(JsonNode? message, string path)
    {
        if (message is not JsonObject turn)
        {
            return new($"'{path}' must be an object.", path);
        }

        if (!IsText(turn["role"]) || !Roles.Contains(turn["role"]!.GetValue<string>(), StringComparer.Ordinal))
        {
            return new($"'{path}.role' must be one of: {string.Join(", ", Roles)}.", $"{path}.role");
        }

        return turn["content"] switch
        {
            null when turn["tool_calls"] is JsonArray { Count: > 0 } || turn["function_call"] is JsonObject => null,
            null => new($"'{path}.content' is missing.", $"{path}.content"),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => null,
            JsonArray parts => parts.Select((part, i) => Part(part, $"{path}.content[{i}]")).FirstOrDefault(f => f is not null),
            _ => new($"'{path}.content' must be a string or an array of parts.", $"{path}.content"),
        };
    }

    private static RequestFault? Part(JsonNode? part, string path)
    {
        if (part is not JsonObject { } content || !IsText(content["type"]))
        {
            return new($"'{path}' must be an object with a type.", path);
        }

        return content["type"]!.GetValue<string>() switch
        {
            "text" when IsText(content["text"]) => null,
            "text" => new($"'{path}.text' must be a string.", $"{path}.text"),
            "refusal" => null,
            var type => new($"'{path}': parts of type '{type}' are not supported; this server reads text.", path),
        };
    }

    private static RequestFault? Common(JsonObject body) =>
        Number(body, "temperature", 0, 2)
        ?? Number(body, "top_p", 0, 1)
        ?? Number(body, "top_k", -1, 1_000_000, whole: true)
        ?? Number(body, "min_p", 0, 1)
        ?? Number(body, "presence_penalty", -2, 2)
        ?? Number(body, "frequency_penalty", -2, 2)
        ?? Number(body, "repetition_penalty", 0.01, 10)
        ?? Number(body, "max_tokens", 1, int.MaxValue, whole: true)
        ?? Number(body, "max_completion_tokens", 1, int.MaxValue, whole: true)
        ?? Number(body, "n", 1, 128, whole: true)
        ?? Number(body, "seed", long.MinValue, long.MaxValue, whole: true)
        ?? Flag(body, "stream")
        ?? Stop(body)
        ?? StreamOptions(body);

    private static RequestFault? Number(JsonObject body, string name, double low, double high, bool whole = false)
    {
        if (body[name] is not { } node)
        {
            return null;
        }

        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number || !value.TryGetValue<double>(out var number) || !double.IsFinite(number))
        {
            return new($"'{name}' must be a number.", name);
        }

        if (whole && number != Math.Floor(number))
        {
            return new($"'{name}' must be an integer.", name);
        }

        return number < low || number > high ? new(FormattableString.Invariant($"'{name}' is {number}; it must lie between {low} and {high}."), name) : null;
    }

    private static RequestFault? Flag(JsonObject body, string name) =>
        body[name] is not { } node || (node is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False) ? null : new($"'{name}' must be a boolean.", name);

    private static RequestFault? Stop(JsonObject body) => body["stop"] switch
    {
        null => null,
        var one when IsText(one) => null,
        JsonArray { Count: <= 16 } list when list.All(IsText) => null,
        _ => new("'stop' must be a string or an array of at most 16 strings.", "stop"),
    };

    private static RequestFault? StreamOptions(JsonObject body) =>
        body["stream_options"] is null or JsonObject ? null : new("'stream_options' must be an object.", "stream_options");

    private static bool IsText(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String;
}
