using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates;

/// <summary>Messages of examples in the form templates read.</summary>
internal static class MessageValues
{
    /// <summary>Converts a conversation. A turn without text has the empty text: most templates add to it or trim it.</summary>
    /// <param name="parseArguments">Gives the arguments of tool calls as objects, as most templates expect them; OpenAI's files carry them as JSON text.</param>
    public static ListValue Of(IReadOnlyList<Message> messages, bool parseArguments = true)
    {
        var items = new object?[messages.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Of(messages[i], parseArguments);
        }

        return new ListValue(items);
    }

    /// <summary>True when a tool call has its arguments as text, so that there are two ways to give them to a template.</summary>
    public static bool HasTextArguments(IReadOnlyList<Message> messages) =>
        messages.Any(message => message.ToolCalls?.Any(call => call.Function.Arguments is JsonValue value && value.GetValueKind() == JsonValueKind.String) == true);

    private static DictValue Of(Message message, bool parseArguments)
    {
        var dict = new DictValue();
        dict.Set("role", message.Role);
        dict.Set("content", message.Content ?? "");
        Set(dict, "name", message.Name);
        Set(dict, "reasoning_content", message.ReasoningContent);
        if (message.ToolCalls is { Count: > 0 } calls)
        {
            dict.Set("tool_calls", new ListValue([.. calls.Select(call => Of(call, parseArguments))]));
        }

        Set(dict, "tool_call_id", message.ToolCallId);
        return dict;
    }

    private static DictValue Of(ToolCall call, bool parseArguments)
    {
        var function = new DictValue(2);
        function.Set("name", call.Function.Name);
        function.Set("arguments", Arguments(call.Function.Arguments, parseArguments));
        var dict = new DictValue(3);
        Set(dict, "id", call.Id);
        dict.Set("type", call.Type);
        dict.Set("function", function);
        return dict;
    }

    private static object? Arguments(JsonNode? arguments, bool parse)
    {
        var value = PythonJson.FromNode(arguments);
        if (!parse || value is not string text)
        {
            return value;
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject parsed ? PythonJson.FromNode(parsed) : text;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Not JSON: the template gets the text.
            return text;
        }
    }

    private static void Set(DictValue dict, string name, string? value)
    {
        if (value is not null)
        {
            dict.Set(name, value);
        }
    }
}
