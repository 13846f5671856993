using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Files;
using Studio.Data.Validation;

namespace Studio.Data.Formats;

/// <summary>A row as a format sees it: its fields by the format's names, and the problems found while reading them.</summary>
public sealed class FormatRow(JsonObject fields, int line, IReadOnlyDictionary<string, string> columns)
{
    private readonly List<Problem> problems = [];

    public JsonObject Fields => fields;

    public int Line => line;

    public IReadOnlyList<Problem> Problems => problems;

    public bool Failed => problems.Exists(p => p.Severity >= Severity.Error);

    public void Error(string rule, string message, string remedy, string? field, string? excerpt = null) => Add(Severity.Error, rule, message, remedy, field, excerpt);

    public void Warn(string rule, string message, string remedy, string? field, string? excerpt = null) => Add(Severity.Warning, rule, message, remedy, field, excerpt);

    /// <summary>Name of the column that holds the field: the chosen one, else its name, else the first alias present; null when there is none.</summary>
    public string? Column(FormatField field)
    {
        if (columns.TryGetValue(field.Name, out var chosen) && chosen.Length > 0)
        {
            return chosen;
        }

        if (fields.ContainsKey(field.Name))
        {
            return field.Name;
        }

        foreach (var alias in field.Aliases)
        {
            if (fields.ContainsKey(alias))
            {
                return alias;
            }
        }

        // People write headers their own way: Question, OUTPUT.
        foreach (var (name, _) in fields)
        {
            var trimmed = name.Trim();
            if (string.Equals(trimmed, field.Name, StringComparison.OrdinalIgnoreCase) || field.Aliases.Contains(trimmed, StringComparer.OrdinalIgnoreCase))
            {
                return name;
            }
        }

        return null;
    }

    public JsonNode? Node(FormatField field) => Column(field) is { } column && fields.TryGetPropertyValue(column, out var value) ? Open(value, field.Shape) : null;

    /// <summary>The text of a field, null when it is absent or null; an object or list there is an error.</summary>
    public string? Text(FormatField field)
    {
        var node = Node(field);
        if (node is null or JsonValue)
        {
            return AsText(node);
        }

        Error("wrong_type", $"\"{Column(field)}\" must be a text, found {Describe(node)}.", "Write the value as a text, or choose another format or column.", Column(field), JsonText.Cut(node.ToJsonString(StudioJson.Options)));
        return null;
    }

    /// <summary>The text of a field that must be there; its absence is an error, an empty text is left to the rules.</summary>
    public string? RequiredText(FormatField field)
    {
        var text = Text(field);
        if (text is null && !Failed)
        {
            Missing(field);
        }

        return text;
    }

    public void Missing(FormatField field) =>
        Error("missing_field", $"The row has no \"{field.Name}\".", $"Add the field, or map one of the columns to it: {string.Join(", ", fields.Select(f => f.Key).Take(12))}.", field.Name);

    /// <summary>Turns of a field that must hold a list of them.</summary>
    public List<Message>? Messages(FormatField field, bool roleAliases)
    {
        switch (Node(field))
        {
            case JsonArray list:
                return MessageReader.Read(list, Column(field)!, this, roleAliases);
            case null:
                Missing(field);
                return null;
            case var other:
                Error("wrong_type", $"\"{Column(field)}\" must be a list of messages, found {Describe(other)}.", "Write it as [{\"role\": \"user\", \"content\": \"...\"}, ...].", Column(field), JsonText.Cut(other.ToJsonString(StudioJson.Options)));
                return null;
        }
    }

    /// <summary>A field that holds a text, one turn or several, as turns; a bare text becomes one turn of <paramref name="role"/>.</summary>
    public List<Message>? TextOrMessages(FormatField field, string role, out bool wasText)
    {
        wasText = false;
        switch (Node(field))
        {
            case JsonArray list:
                return MessageReader.Read(list, Column(field)!, this, roleAliases: true);
            case JsonObject one:
                return MessageReader.Read(new JsonArray(one.DeepClone()), Column(field)!, this, roleAliases: true);
            case JsonValue value:
                wasText = true;
                return [new Message { Role = role, Content = AsText(value) }];
            default:
                Missing(field);
                return null;
        }
    }

    /// <summary>Images and the like beside the text are left out; the person should know.</summary>
    public void WarnOfMedia()
    {
        foreach (var name in (ReadOnlySpan<string>)["images", "videos", "audios"])
        {
            if (fields[name] is JsonArray { Count: > 0 })
            {
                Warn("media_left_out", $"The row has {name}; Studio trains on text and leaves them out.", "Remove rows that make no sense without them.", name);
            }
        }
    }

    /// <summary>Tool definitions as a JSON list or as its text; plain definitions are wrapped as OpenAI wraps them.</summary>
    public JsonArray? Tools(FormatField field)
    {
        var node = Node(field);
        if (node is JsonValue value && AsText(value) is { } text)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                return null;
            }

            node = JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(text), out var reason, out _);
            if (reason is not null)
            {
                Error("tools_json", $"\"{Column(field)}\" is not valid JSON: {reason}.", "Write the tools as a JSON list of function definitions.", Column(field), JsonText.Cut(text));
                return null;
            }
        }

        if (node is null)
        {
            return null;
        }

        var list = node as JsonArray ?? [node.DeepClone()];
        var tools = new JsonArray();
        foreach (var tool in list)
        {
            if (tool is not JsonObject definition)
            {
                Error("tools_json", $"\"{Column(field)}\" must be a list of function definitions.", "Write each tool as {\"type\": \"function\", \"function\": {\"name\": ...}}.", Column(field));
                return null;
            }

            tools.Add(definition.ContainsKey("function") || definition.ContainsKey("type") && !definition.ContainsKey("name")
                ? definition.DeepClone()
                : new JsonObject { ["type"] = "function", ["function"] = definition.DeepClone() });
        }

        return tools.Count > 0 ? tools : null;
    }

    /// <summary>true, false, or null when the field is neither.</summary>
    public static bool? AsFlag(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value => AsText(value)?.Trim().ToLowerInvariant() switch
        {
            "true" or "1" or "1.0" or "yes" or "good" or "desirable" => true,
            "false" or "0" or "0.0" or "-1" or "no" or "bad" or "undesirable" => false,
            _ => null,
        },
        _ => null,
    };

    public static string? AsText(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(StudioJson.Options),
    };

    public static double? AsNumber(JsonNode? node) => node is JsonValue value
        ? value.TryGetValue<JsonElement>(out var element) && element.ValueKind == JsonValueKind.Number ? element.GetDouble()
            : value.TryGetValue<bool>(out _) ? null
            : double.TryParse(AsText(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null
        : null;

    public static string Describe(JsonNode? node) => node switch
    {
        null => "nothing",
        JsonArray => "a list",
        JsonObject => "an object",
        JsonValue value when value.TryGetValue<string>(out _) => "a text",
        JsonValue value when value.TryGetValue<bool>(out _) => "true or false",
        _ => "a number",
    };

    /// <summary>A table cell may hold a list as JSON text.</summary>
    internal static JsonNode? Open(JsonNode? value, FieldShape shape)
    {
        if (shape is FieldShape.Text or FieldShape.Flag or FieldShape.Any || value is not JsonValue cell || !cell.TryGetValue<string>(out var text))
        {
            return value;
        }

        var trimmed = text.AsSpan().Trim();
        if (trimmed.Length < 2 || (trimmed[0], trimmed[^1]) is not (('[', ']') or ('{', '}')))
        {
            return value;
        }

        var parsed = JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(text.Trim()), out var reason, out _);
        return reason is not null ? value
            : shape != FieldShape.TextOrMessages || (parsed as JsonArray)?.FirstOrDefault() is JsonObject first && MessageReader.LooksLikeTurn(first) ? parsed
            : value;
    }

    private void Add(Severity severity, string rule, string message, string remedy, string? field, string? excerpt) =>
        problems.Add(new Problem(rule, severity, message, remedy) { Line = line, Field = field, Excerpt = excerpt });
}
