using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>
/// A way of writing examples that people bring, and how it becomes normalised examples.
/// A new format is one file here and one line in <see cref="DatasetFormats"/>.
/// </summary>
public abstract class DatasetFormat
{
    protected const double AliasConfidence = 0.85;

    /// <summary>Stable name, e.g. <c>openai_chat</c>.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>The kind of example it gives most often.</summary>
    public abstract ExampleKind Kind { get; }

    public abstract IReadOnlyList<FormatField> Fields { get; }

    /// <summary>One row of the format, for documentation and the mapping dialog.</summary>
    public abstract string Sample { get; }

    /// <summary>The example in a row, or null when the row has errors (they are in <see cref="FormatRow.Problems"/>).</summary>
    public abstract Example? Normalise(FormatRow row);

    /// <summary>How surely a row is of this format (0 to 1), and which columns it would use.</summary>
    public virtual FormatMatch Match(JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var row = new FormatRow(fields, 0, columns);
        var score = 1.0;
        HashSet<string> used = new(StringComparer.Ordinal);
        foreach (var field in Fields)
        {
            if (row.Column(field) is not { } column || !HasShape(FormatRow.Open(fields[column], field.Shape), field.Shape))
            {
                if (field.Required)
                {
                    return new FormatMatch(0, used);
                }

                continue;
            }

            used.Add(column);
            if (field.Required && column != field.Name && !columns.ContainsKey(field.Name))
            {
                score = Math.Min(score, AliasConfidence);
            }
        }

        return new FormatMatch(score, used);
    }

    protected static bool HasShape(JsonNode? node, FieldShape shape) => shape switch
    {
        FieldShape.Text => node is JsonValue value && !value.TryGetValue<bool>(out _),
        FieldShape.Messages => node is JsonArray list && list.Count > 0 && list.All(m => m is JsonObject turn && turn.ContainsKey("role")),
        FieldShape.Turns => node is JsonArray list && list.Count > 0 && list.All(m => m is JsonObject turn && (turn.ContainsKey("from") || turn.ContainsKey("role"))),
        FieldShape.TextOrMessages => node is JsonValue value && value.TryGetValue<string>(out _) || node is JsonObject one && MessageReader.LooksLikeTurn(one) || HasShape(node, FieldShape.Turns),
        FieldShape.Object => node is JsonObject,
        FieldShape.Flag => FormatRow.AsFlag(node) is not null,
        _ => node is not null,
    };
}

/// <summary>How well a row fits a format.</summary>
/// <param name="Columns">Columns of the row that the format would use.</param>
public sealed record FormatMatch(double Score, IReadOnlySet<string> Columns);
