using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Serving;

/// <summary>Reads the messages of a chat request into the form chat templates take.</summary>
internal static class ChatMessages
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    /// <exception cref="ApiFault">Not a list of messages; the field is named.</exception>
    public static JsonArray Read(JsonObject body)
    {
        if (body["messages"] is not JsonArray list || list.Count == 0)
        {
            throw new ApiFault(400, "'messages' must be a list with at least one message.", "messages");
        }

        JsonArray messages = [];
        for (var i = 0; i < list.Count; i++)
        {
            var field = $"messages[{i}]";
            var source = list[i] as JsonObject ?? throw new ApiFault(400, $"'{field}' must be an object.", field);
            var role = Named(source, "role", field) ?? throw new ApiFault(400, $"'{field}.role' is missing.", $"{field}.role");
            if (!Roles.Contains(role, StringComparer.Ordinal))
            {
                throw new ApiFault(400, $"'{field}.role' is '{role}'; use one of {string.Join(", ", Roles)}.", $"{field}.role");
            }

            var message = (JsonObject)source.DeepClone();
            message["role"] = role;
            var content = Content(source["content"], field);
            if (content is null && role != "assistant")
            {
                throw new ApiFault(400, $"'{field}.content' is missing.", $"{field}.content");
            }

            if (message.ContainsKey("content") || content is not null)
            {
                message["content"] = content;
            }

            if (message["tool_calls"] is JsonArray calls)
            {
                ParseArguments(calls, field);
            }

            messages.Add(message);
        }

        return messages;
    }

    /// <summary>Templates expect arguments as an object; the API carries them as JSON text.</summary>
    private static void ParseArguments(JsonArray calls, string field)
    {
        foreach (var call in calls)
        {
            if ((call as JsonObject)?["function"] is JsonObject function && function["arguments"] is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            {
                try
                {
                    function["arguments"] = JsonNode.Parse(value.GetValue<string>());
                }
                catch (JsonException)
                {
                    throw new ApiFault(400, $"'{field}.tool_calls' holds arguments that are not JSON.", $"{field}.tool_calls");
                }
            }
        }
    }

    private static string? Content(JsonNode? node, string field)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                return value.GetValue<string>();
            case JsonArray parts:
                var text = new StringBuilder();
                for (var i = 0; i < parts.Count; i++)
                {
                    var part = parts[i] as JsonObject;
                    if (part is null || Named(part, "type", $"{field}.content[{i}]") != "text")
                    {
                        throw new ApiFault(400, $"'{field}.content[{i}]' is not a text part; this model reads text only.", $"{field}.content");
                    }

                    text.Append(Named(part, "text", $"{field}.content[{i}]"));
                }

                return text.ToString();
            default:
                throw new ApiFault(400, $"'{field}.content' must be a string or a list of text parts.", $"{field}.content");
        }
    }

    private static string? Named(JsonObject source, string name, string field) => source[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new ApiFault(400, $"'{field}.{name}' must be a string.", $"{field}.{name}"),
    };
}
