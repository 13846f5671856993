using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Models;

/// <summary>Reads fields of a config.json strictly: a missing field or one of the wrong kind is an error that names it.</summary>
public sealed class ConfigReader(JsonObject json)
{
    public JsonObject Json { get; } = json;

    /// <summary>True when the field is there and not null.</summary>
    public bool Has(string name) => Json[name] is not null;

    /// <summary>The first of several names that is there; families renamed fields over time.</summary>
    public int Int(params ReadOnlySpan<string> names) => TryInt(names) ?? throw Missing(names);

    public int Int(string name, int otherwise) => TryInt(name) ?? otherwise;

    /// <summary>The integer, or null when the field is absent or null.</summary>
    public int? TryInt(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Json[name] is { } node)
            {
                if (node is JsonValue value && TryNumber(value) is { } number && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue)
                {
                    return (int)number;
                }

                throw Wrong(name, "an integer");
            }
        }

        return null;
    }

    /// <summary>An integer between 1 and 10 million, as sizes are.</summary>
    public int Size(params ReadOnlySpan<string> names)
    {
        var value = Int(names);
        return value is >= 1 and <= 10_000_000 ? value : throw Wrong(names[0], "a size between 1 and 10,000,000");
    }

    public double? TryDouble(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Json[name] is { } node)
            {
                return node is JsonValue value && TryNumber(value) is { } number && double.IsFinite(number) ? number : throw Wrong(name, "a number");
            }
        }

        return null;
    }

    public double Double(string name, double otherwise) => TryDouble(name) ?? otherwise;

    public bool Bool(string name, bool otherwise) => Json[name] is not { } node ? otherwise
        : node is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw Wrong(name, "true or false");

    public string? TryText(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Json[name] is { } node)
            {
                return node is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(name, "a text");
            }
        }

        return null;
    }

    public string Text(string name, string otherwise) => TryText(name) ?? otherwise;

    /// <summary>A list of texts, or null.</summary>
    public IReadOnlyList<string>? TryTexts(string name) => Json[name] switch
    {
        null => null,
        JsonArray list when list.All(i => i is JsonValue v && v.GetValueKind() == JsonValueKind.String) => [.. list.Select(i => i!.GetValue<string>())],
        _ => throw Wrong(name, "a list of texts"),
    };

    /// <summary>A list of numbers, or null.</summary>
    public IReadOnlyList<double>? TryNumbers(string name) => Json[name] switch
    {
        null => null,
        JsonArray list when list.All(i => i is JsonValue v && TryNumber(v) is not null) => [.. list.Select(i => TryNumber((JsonValue)i!)!.Value)],
        _ => throw Wrong(name, "a list of numbers"),
    };

    /// <summary>A list of numbers, or one number as a list of one, or null.</summary>
    public IReadOnlyList<double>? TryNumbersOrOne(string name) => Json[name] is JsonArray ? TryNumbers(name) : TryDouble(name) is { } one ? [one] : null;

    /// <summary>An inner object, or null.</summary>
    public ConfigReader? TryObject(string name) => Json[name] switch
    {
        null => null,
        JsonObject inner => new ConfigReader(inner),
        _ => throw Wrong(name, "an object"),
    };

    /// <summary>The kinds of the layers, from <c>layer_types</c> or a rule that the family gives.</summary>
    public IReadOnlyList<string> LayerTypes(int layers, Func<int, string> otherwise)
    {
        var types = TryTexts("layer_types") ?? [.. Enumerable.Range(0, layers).Select(otherwise)];
        return types.Count >= layers ? types : throw Wrong("layer_types", $"a list of {layers} texts");
    }

    internal bool HasPartialRotary(string? layerType) => Has("partial_rotary_factor") || Has("rotary_pct")
        || (TryObject("rope_parameters") is { } rope && ((layerType is not null && rope.TryObject(layerType) is { } inner) ? inner : rope).Has("partial_rotary_factor"));

    public InvalidDataException Wrong(string name, string wanted) => new($"config.json: {name} must be {wanted}");

    private static InvalidDataException Missing(ReadOnlySpan<string> names) => new($"config.json: {names[0]} is missing");

    private static double? TryNumber(JsonValue value)
    {
        if (value.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        return value.TryGetValue(out double d) ? d : value.TryGetValue(out long l) ? l : value.TryGetValue(out int i) ? i
            : value.TryGetValue(out float f) ? f : value.TryGetValue(out uint u) ? u : value.TryGetValue(out ulong ul) ? ul : null;
    }
}
