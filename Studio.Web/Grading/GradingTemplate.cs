using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data;

namespace Studio.Web.Grading;

/// <summary>Fills <c>{{item.field}}</c> and <c>{{sample.output_text}}</c> into texts and messages.</summary>
public static partial class GradingTemplate
{
    /// <exception cref="RequestException">A name is not in the data.</exception>
    public static string Fill(string template, GradedSample sample) => Placeholder().Replace(template, match => Text(Find(match.Groups["path"].Value, sample)));

    /// <summary>Messages with their contents filled in; content parts of type <c>input_text</c> and <c>text</c> count as text.</summary>
    public static JsonArray Messages(JsonArray template, GradedSample sample)
    {
        JsonArray messages = [];
        foreach (var turn in template.OfType<JsonObject>())
        {
            var text = turn["content"] switch
            {
                JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
                JsonObject part => part["text"]?.ToString() ?? "",
                JsonArray parts => string.Concat(parts.Select(p => p is JsonObject part ? part["text"]?.ToString() : p?.ToString())),
                _ => "",
            };
            messages.Add(new JsonObject { ["role"] = turn["role"]?.ToString() ?? "user", ["content"] = Fill(text, sample) });
        }

        return messages;
    }

    /// <summary>The value that a dotted path names, e.g. <c>item.answer.0</c>.</summary>
    public static JsonNode? Find(string path, GradedSample sample)
    {
        var parts = path.Split('.', StringSplitOptions.TrimEntries);
        JsonNode? node = parts[0] switch
        {
            "item" => sample.Item,
            "sample" => sample.Sample,
            _ => throw RequestException.Invalid(null, $"The template names '{path}'; names begin with 'item.' or 'sample.'."),
        };
        foreach (var part in parts.Skip(1))
        {
            node = node switch
            {
                JsonObject fields when fields.ContainsKey(part) => fields[part],
                JsonArray list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < list.Count => list[index],
                _ => throw RequestException.Invalid(null, $"The template names '{path}', which is not in the data."),
            };
        }

        return node;
    }

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(StudioJson.Options),
    };

    [GeneratedRegex(@"\{\{\s*(?<path>[\w.\-]+)\s*\}\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();
}
