using System.Text.Json.Nodes;

namespace Studio.Data.Files;

/// <summary>One row as the container holds it, before any format is known.</summary>
/// <param name="Line">1-based line where it starts (JSON arrays: 1-based index of the element).</param>
/// <param name="Value">The parsed value; CSV gives an object of strings, plain text a string.</param>
public sealed record RawRow(int Line, JsonNode? Value);

/// <summary>What a reader yields: a row, or a problem in its place.</summary>
public readonly record struct RowOrProblem(RawRow? Row, Validation.Problem? Problem)
{
    public static implicit operator RowOrProblem(RawRow row) => new(row, null);

    public static implicit operator RowOrProblem(Validation.Problem problem) => new(null, problem);
}
