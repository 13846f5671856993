using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Evaluation;

/// <summary>Reading the fields of item rows.</summary>
internal static class RowFields
{
    /// <summary>A text or number as text; null when absent.</summary>
    public static string? Text(this JsonObject row, string field) => row[field] is JsonValue value
        ? value.GetValueKind() == JsonValueKind.String ? (string?)value : value.ToJsonString()
        : null;

    /// <exception cref="InvalidDataException">The field is neither text nor number.</exception>
    public static string Needed(this JsonObject row, string field) =>
        row.Text(field) ?? throw new InvalidDataException($"The field \"{field}\" must be a text: {row.ToJsonString()}");

    /// <summary>A list of texts; a single text counts as a list of one.</summary>
    /// <exception cref="InvalidDataException">The field is something else.</exception>
    public static IReadOnlyList<string> Texts(this JsonObject row, string field) => row[field] switch
    {
        JsonArray list when list.All(n => n is JsonValue) => [.. list.Select(n => n!.GetValueKind() == JsonValueKind.String ? (string)n! : n.ToJsonString())],
        JsonValue => [row.Needed(field)],
        _ => throw new InvalidDataException($"The field \"{field}\" must be a list of texts: {row.ToJsonString()}"),
    };

    /// <summary>Category the row belongs to, by the first of the fields it has.</summary>
    public static string? Group(this JsonObject row, params string[] fields) => fields.Select(row.Text).FirstOrDefault(t => !string.IsNullOrEmpty(t));

    public static bool IsChinese(string text) => text.Any(c => c is >= '\u3400' and <= '\u9FFF');

    /// <summary>A number as people write it (1,234.50, $3, 50%); null when it is none.</summary>
    public static decimal? Number(string text) =>
        decimal.TryParse(text.Trim().Trim('$', '€', '£', '¥', '%', '.').Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
