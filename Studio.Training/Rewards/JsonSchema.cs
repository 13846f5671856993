using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Studio.Training.Rewards;

/// <summary>Checks a JSON value against a schema: the keywords of JSON Schema 2020-12 that say something about one value, and references inside the document.</summary>
public static class JsonSchema
{
    private const int DeepestReference = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The first thing that does not fit, or null.</summary>
    public static string? Fault(JsonNode? value, JsonObject schema) => Check(value, schema, schema, "$", 0);

    private static string? Check(JsonNode? value, JsonNode? schema, JsonObject root, string place, int depth)
    {
        if (schema is JsonValue flag && flag.TryGetValue<bool>(out var allowed))
        {
            return allowed ? null : $"{place} is not allowed";
        }

        if (schema is not JsonObject rules || depth > DeepestReference)
        {
            return null;
        }

        if (rules["$ref"] is JsonValue reference && Resolve(root, reference.ToString()) is { } target && Check(value, target, root, place, depth + 1) is { } there)
        {
            return there;
        }

        return Kind(value, rules, place)
            ?? Combined(value, rules, root, place, depth)
            ?? value switch
            {
                JsonObject fields => Fields(fields, rules, root, place, depth),
                JsonArray items => Items(items, rules, root, place, depth),
                JsonValue single when single.GetValueKind() == JsonValueKind.String => Text(single.GetValue<string>(), rules, place),
                JsonValue single when single.GetValueKind() == JsonValueKind.Number => Number(single, rules, place),
                _ => null,
            };
    }

    private static string? Kind(JsonNode? value, JsonObject rules, string place)
    {
        if (rules["type"] is { } type && !(type is JsonArray several ? several.Select(t => t!.ToString()) : [type.ToString()]).Any(t => Is(value, t)))
        {
            return $"{place} is not of the type {type.ToJsonString()}";
        }

        if (rules["enum"] is JsonArray known && !known.Any(k => JsonNode.DeepEquals(k, value)))
        {
            return $"{place} is none of the allowed values";
        }

        return rules.TryGetPropertyValue("const", out var constant) && !JsonNode.DeepEquals(constant, value) ? $"{place} is not the one allowed value" : null;
    }

    private static bool Is(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Math.Floor(Double(value)) == Double(value),
        _ => false,
    };

    private static string? Combined(JsonNode? value, JsonObject rules, JsonObject root, string place, int depth)
    {
        string? One(JsonNode? schema) => Check(value, schema, root, place, depth + 1);
        foreach (var part in rules["allOf"] as JsonArray ?? [])
        {
            if (One(part) is { } fault)
            {
                return fault;
            }
        }

        if (rules["anyOf"] is JsonArray any && any.All(p => One(p) is not null))
        {
            return $"{place} fits none of anyOf";
        }

        if (rules["oneOf"] is JsonArray one && one.Count(p => One(p) is null) != 1)
        {
            return $"{place} does not fit exactly one of oneOf";
        }

        if (rules["not"] is { } not && One(not) is null)
        {
            return $"{place} fits what it must not";
        }

        return rules["if"] is { } condition ? One(One(condition) is null ? rules["then"] : rules["else"]) : null;
    }

    private static string? Fields(JsonObject fields, JsonObject rules, JsonObject root, string place, int depth)
    {
        foreach (var name in (rules["required"] as JsonArray ?? []).Select(n => n!.ToString()))
        {
            if (!fields.ContainsKey(name))
            {
                return $"{place}.{name} is missing";
            }
        }

        if (Outside(fields.Count, rules, "minProperties", "maxProperties"))
        {
            return $"{place} has {fields.Count} members";
        }

        var properties = rules["properties"] as JsonObject;
        foreach (var (name, value) in fields)
        {
            var schemas = new List<JsonNode?>();
            if (properties is not null && properties.TryGetPropertyValue(name, out var own))
            {
                schemas.Add(own);
            }

            schemas.AddRange((rules["patternProperties"] as JsonObject ?? []).Where(p => Matches(name, p.Key)).Select(p => p.Value));
            if (schemas.Count == 0 && rules["additionalProperties"] is { } others)
            {
                schemas.Add(others);
            }

            foreach (var schema in schemas)
            {
                if (Check(value, schema, root, $"{place}.{name}", depth + 1) is { } fault)
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private static string? Items(JsonArray items, JsonObject rules, JsonObject root, string place, int depth)
    {
        if (Outside(items.Count, rules, "minItems", "maxItems"))
        {
            return $"{place} has {items.Count} items";
        }

        if (rules["uniqueItems"] is JsonValue unique && unique.TryGetValue<bool>(out var wanted) && wanted && items.Where((a, i) => items.Skip(i + 1).Any(b => JsonNode.DeepEquals(a, b))).Any())
        {
            return $"{place} has equal items";
        }

        if (rules["contains"] is { } contained && !items.Any(i => Check(i, contained, root, place, depth + 1) is null))
        {
            return $"{place} lacks an item";
        }

        var first = rules["prefixItems"] as JsonArray ?? [];
        for (var i = 0; i < items.Count; i++)
        {
            if (Check(items[i], i < first.Count ? first[i] : rules["items"], root, $"{place}[{i}]", depth + 1) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? Text(string text, JsonObject rules, string place)
    {
        if (Outside(new System.Globalization.StringInfo(text).LengthInTextElements, rules, "minLength", "maxLength"))
        {
            return $"{place} has the wrong length";
        }

        return rules["pattern"] is { } pattern && !Matches(text, pattern.ToString()) ? $"{place} does not match its pattern" : null;
    }

    private static string? Number(JsonValue number, JsonObject rules, string place)
    {
        var value = Double(number);
        var wrong = (rules["minimum"] is { } low && value < Double(low))
            || (rules["maximum"] is { } high && value > Double(high))
            || (rules["exclusiveMinimum"] is { } above && value <= Double(above))
            || (rules["exclusiveMaximum"] is { } below && value >= Double(below))
            || (rules["multipleOf"] is { } step && Math.Abs(Math.IEEERemainder(value, Double(step))) > 1e-9 * Math.Abs(Double(step)));
        return wrong ? $"{place} is out of range" : null;
    }

    private static bool Outside(int count, JsonObject rules, string least, string most) =>
        (rules[least] is { } low && count < Double(low)) || (rules[most] is { } high && count > Double(high));

    private static double Double(JsonNode node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
        : double.NaN;

    private static bool Matches(string text, string pattern)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception fault) when (fault is ArgumentException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static JsonNode? Resolve(JsonObject root, string reference)
    {
        if (!reference.StartsWith('#'))
        {
            return null;
        }

        JsonNode? node = root;
        foreach (var part in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as JsonObject)?[part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
        }

        return node;
    }
}
