using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Files;

namespace Studio.Data.Formats;

/// <summary>Reads lists of turns in all the spellings people bring: role/content and from/value, content parts, tool calls old and new.</summary>
internal static class MessageReader
{
    public static bool LooksLikeTurn(JsonObject turn) => (turn.ContainsKey("role") || turn.ContainsKey("from")) && (turn.ContainsKey("content") || turn.ContainsKey("value") || turn.ContainsKey("tool_calls") || turn.ContainsKey("function_call"));

    /// <param name="roleAliases">True translates human, gpt, observation and the like; false leaves them for the rule that names them.</param>
    public static List<Message>? Read(JsonArray list, string field, FormatRow row, bool roleAliases)
    {
        if (list.Count == 0)
        {
            row.Error("no_messages", $"\"{field}\" is an empty list.", "Add at least one user and one assistant message, or remove the row.", field);
            return null;
        }

        List<Message> messages = [];
        for (var i = 0; i < list.Count; i++)
        {
            var place = FormattableString.Invariant($"{field}[{i}]");
            if (list[i] is not JsonObject turn)
            {
                row.Error("wrong_type", $"A message must be an object, found {FormatRow.Describe(list[i])}.", "Write it as {\"role\": \"user\", \"content\": \"...\"}.", place);
                return null;
            }

            if (ReadOne(turn, place, row, roleAliases) is not { } message)
            {
                return null;
            }

            messages.Add(message);
        }

        return messages;
    }

    private static Message? ReadOne(JsonObject turn, string place, FormatRow row, bool roleAliases)
    {
        var roleName = turn.ContainsKey("role") ? "role" : "from";
        if (FormatRow.AsText(turn[roleName]) is not { Length: > 0 } role)
        {
            row.Error("missing_role", "The message has no role.", "Add \"role\": \"system\", \"user\", \"assistant\" or \"tool\".", place + ".role", JsonText.Cut(turn.ToJsonString(StudioJson.Options)));
            return null;
        }

        var parts = new Parts();
        if (!ReadContent(turn[turn.ContainsKey("content") ? "content" : "value"], parts, place, row))
        {
            return null;
        }

        var calls = parts.Calls;
        var written = role;
        role = Translate(role, roleAliases);
        if (roleAliases && written is "function_call" or "tool_call")
        {
            if (!ReadCallText(parts.Text?.ToString() ?? "", calls, place, row))
            {
                return null;
            }

            parts.Text = null;
        }

        if (turn["tool_calls"] is JsonArray list && !ReadCalls(list, calls, place, row))
        {
            return null;
        }

        if (turn["function_call"] is JsonObject legacy)
        {
            calls.Add(Call(legacy, id: null));
        }

        double? weight = null;
        if ((turn["weight"] ?? turn["loss_weight"]) is { } weightNode)
        {
            weight = FormatRow.AsNumber(weightNode);
            if (weight is null)
            {
                row.Error("weight_range", $"The weight must be a number, found {FormatRow.Describe(weightNode)}.", "Use 0 to leave the turn out of training, or 1.", place + ".weight");
                return null;
            }
        }

        if (turn["train"] is JsonValue train && FormatRow.AsFlag(train) is { } trained)
        {
            weight ??= trained ? 1 : 0;
        }

        return new Message
        {
            Role = role,
            Content = parts.Text?.ToString(),
            Name = FormatRow.AsText(turn["name"]),
            ReasoningContent = parts.Reasoning?.ToString() ?? FormatRow.AsText(turn["reasoning_content"] ?? turn["reasoning"] ?? turn["thinking"]),
            ToolCalls = calls.Count > 0 ? calls : null,
            ToolCallId = FormatRow.AsText(turn["tool_call_id"]),
            Weight = weight,
            Unfinished = turn["unfinished"] is JsonValue unfinished && FormatRow.AsFlag(unfinished) is true ? true : null,
        };
    }

    private static string Translate(string role, bool aliases) => role switch
    {
        "function" => "tool",
        _ when !aliases => role,
        _ => role.Trim().ToLowerInvariant() switch
        {
            "human" or "user" or "prompter" or "用户" => "user",
            "gpt" or "chatgpt" or "bing" or "bard" or "bot" or "model" or "ai" or "assistant" or "function_call" or "tool_call" or "助手" => "assistant",
            "observation" or "function_response" or "tool_response" or "function" or "ipython" or "tool" => "tool",
            "system" or "系统" => "system",
            "developer" => "developer",
            _ => role,
        },
    };

    private static bool ReadContent(JsonNode? content, Parts parts, string place, FormatRow row)
    {
        switch (content)
        {
            case null:
                return true;
            case JsonValue value:
                parts.Text = new StringBuilder(FormatRow.AsText(value));
                return true;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (!ReadPart(list[i], parts, FormattableString.Invariant($"{place}.content[{i}]"), row))
                    {
                        return false;
                    }
                }

                return true;
            default:
                row.Error("wrong_type", "The content must be a text or a list of parts, found an object.", "Write the content as a text.", place + ".content", JsonText.Cut(content.ToJsonString(StudioJson.Options)));
                return false;
        }
    }

    private static bool ReadPart(JsonNode? part, Parts parts, string place, FormatRow row)
    {
        if (part is JsonValue bare)
        {
            (parts.Text ??= new StringBuilder()).Append(FormatRow.AsText(bare));
            return true;
        }

        var fields = part as JsonObject;
        var type = FormatRow.AsText(fields?["type"]) ?? "";
        var text = FormatRow.AsText(fields?["text"] ?? fields?["value"] ?? fields?["refusal"]);
        switch (type)
        {
            case "text" or "input_text" or "output_text" or "refusal":
                (parts.Text ??= new StringBuilder()).Append(text);
                return true;
            case "reasoning" or "thinking":
                (parts.Reasoning ??= new StringBuilder()).Append(text ?? FormatRow.AsText(fields?["thinking"]));
                return true;
            case "tool_call" or "function_call":
                return ReadCallText(text ?? "", parts.Calls, place, row);
            case "tools":
                row.Warn("tools_in_content", "Tool definitions inside a message are left out.", "Put them into the row's \"tools\" field.", place);
                return true;
            case "image_url" or "image" or "input_image" or "audio" or "input_audio" or "video" or "file":
                row.Error("not_text_part", $"The content holds a part of type \"{type}\"; Studio trains on text.", "Remove the part, or the row.", place);
                return false;
            default:
                row.Error("wrong_type", $"The content holds a part of unknown type \"{type}\".", "Use parts of type \"text\".", place, part is null ? null : JsonText.Cut(part.ToJsonString(StudioJson.Options)));
                return false;
        }
    }

    private static bool ReadCalls(JsonArray list, List<ToolCall> calls, string place, FormatRow row)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not JsonObject call)
            {
                row.Error("wrong_type", "A tool call must be an object.", "Write it as {\"id\": \"...\", \"type\": \"function\", \"function\": {\"name\": ..., \"arguments\": \"...\"}}.", FormattableString.Invariant($"{place}.tool_calls[{i}]"));
                return false;
            }

            calls.Add(Call(call["function"] as JsonObject ?? call, FormatRow.AsText(call["id"])));
        }

        return true;
    }

    /// <summary>A call, or several, written as JSON text (ShareGPT's function_call turns).</summary>
    private static bool ReadCallText(string text, List<ToolCall> calls, string place, FormatRow row)
    {
        var node = JsonText.Parse(Encoding.UTF8.GetBytes(text), out var reason, out _);
        var list = node as JsonArray ?? (node is JsonObject one ? [one.DeepClone()] : null);
        if (reason is not null || list is null || list.Any(c => c is not JsonObject))
        {
            row.Error("tool_call_json", $"The function call is not a JSON object{(reason is null ? "" : $": {reason}")}.", "Write it as {\"name\": \"...\", \"arguments\": {...}}.", place, JsonText.Cut(text));
            return false;
        }

        foreach (var call in list)
        {
            calls.Add(Call(call!.AsObject()["function"] as JsonObject ?? call.AsObject(), FormatRow.AsText(call["id"])));
        }

        return true;
    }

    // A missing name stays empty here; the rule about tool calls says so with its place.
    private static ToolCall Call(JsonObject function, string? id) =>
        new() { Id = id, Function = new ToolFunction(FormatRow.AsText(function["name"]) ?? "", (function["arguments"] ?? function["parameters"])?.DeepClone()) };

    private sealed class Parts
    {
        public StringBuilder? Text { get; set; }

        public StringBuilder? Reasoning { get; set; }

        public List<ToolCall> Calls { get; } = [];
    }
}
