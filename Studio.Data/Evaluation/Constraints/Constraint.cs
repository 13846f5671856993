using System.Text.Json.Nodes;

namespace Studio.Data.Evaluation.Constraints;

/// <summary>A demand on an answer that a program can check, e.g. <c>{"kind":"max_words","n":30}</c>.</summary>
/// <param name="Name">Stable, snake_case; the <c>kind</c> of a row.</param>
/// <param name="Fields">Fields a row must have beside the kind.</param>
/// <param name="Holds">Whether an answer meets it.</param>
public sealed record ConstraintKind(string Name, string Summary, IReadOnlyList<string> Fields, Func<string, JsonObject, bool> Holds);

/// <summary>Checks answers against the constraints of a row.</summary>
public static class Constraint
{
    /// <exception cref="InvalidDataException">An unknown kind, a missing field or a field of the wrong type.</exception>
    public static bool Holds(string answer, JsonObject constraint)
    {
        var kind = Of(constraint);
        try
        {
            return kind.Holds(answer.Trim(), constraint);
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new InvalidDataException($"A field of the constraint has the wrong type: {constraint.ToJsonString(StudioJson.Options)}", fault);
        }
    }

    /// <summary>The kind of a constraint, once its fields are there.</summary>
    /// <exception cref="InvalidDataException">An unknown kind or a missing field.</exception>
    public static ConstraintKind Of(JsonObject constraint)
    {
        var name = constraint["kind"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        var kind = ConstraintKinds.All.FirstOrDefault(k => k.Name == name)
            ?? throw new InvalidDataException($"There is no constraint \"{name}\"; use one of: {string.Join(", ", ConstraintKinds.All.Select(k => k.Name))}.");
        return kind.Fields.FirstOrDefault(f => constraint[f] is null) is { } missing
            ? throw new InvalidDataException($"The constraint {kind.Name} needs the field \"{missing}\": {constraint.ToJsonString(StudioJson.Options)}")
            : kind;
    }
}
