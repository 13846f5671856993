using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Studio.Data.Validation;

namespace Studio.Data.Recipes;

public enum OptionKind
{
    Boolean,
    Integer,
    Number,
    Text,
    Choice,
    TextList,
    NumberList,
}

/// <summary>One option of a record, as forms and validation see it.</summary>
public sealed record OptionField(
    string Name,
    OptionKind Kind,
    bool Nullable,
    bool Basic,
    double? Min,
    double? Max,
    bool MinExclusive,
    IReadOnlyList<string> Choices,
    object? Default,
    string Label,
    string Help,
    PropertyInfo Property)
{
    /// <summary>Kind of model that the text names, empty where it names none; see <see cref="OptionAttribute.Model"/>.</summary>
    public string Model { get; init; } = "";

    /// <summary>A list of sentences, one a line.</summary>
    public bool Lines { get; init; }

    public object? Read(object options) => Property.GetValue(options);

    /// <summary>A sentence with what is allowed, e.g. <c>1 to 512</c>.</summary>
    public string Range =>
        Choices.Count > 0 ? string.Join(", ", Choices)
        : (Min, Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"{(MinExclusive ? "above " : "")}{min} to {max}"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"{(MinExclusive ? "above" : "at least")} {min}"),
            (null, { } max) => string.Create(CultureInfo.InvariantCulture, $"at most {max}"),
            _ => Kind == OptionKind.Boolean ? "on or off" : "any",
        };
}

/// <summary>Derives fields, defaults and checks from an options record.</summary>
public static class OptionSchema
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<OptionField>> Known = new();

    public static IReadOnlyList<OptionField> Of<T>() => Of(typeof(T));

    public static IReadOnlyList<OptionField> Of(Type options) => Known.GetOrAdd(options, Read);

    /// <summary>Every value that is out of its range, with the field's full name (<paramref name="section"/>.name).</summary>
    public static IReadOnlyList<Problem> Validate(object options, string section)
    {
        List<Problem> problems = [];
        foreach (var field in Of(options.GetType()))
        {
            var value = field.Read(options);
            if (Fault(field, value) is { } fault)
            {
                problems.Add(new Problem("option_out_of_range", Severity.Fatal, $"{section}.{field.Name} {fault}.", $"Allowed: {field.Range}.") { Field = $"{section}.{field.Name}" });
            }
        }

        return problems;
    }

    private static string? Fault(OptionField field, object? value)
    {
        if (value is null)
        {
            return field.Nullable ? null : "has no value";
        }

        if (field.Kind is OptionKind.Integer or OptionKind.Number)
        {
            var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (!double.IsFinite(number))
            {
                return "is not a finite number";
            }

            var low = field.Min is { } min && (field.MinExclusive ? number <= min : number < min);
            var high = field.Max is { } max && number > max;
            return low || high ? string.Create(CultureInfo.InvariantCulture, $"is {number}") : null;
        }

        if (value is IEnumerable<double> numbers)
        {
            return numbers.Where(n => !double.IsFinite(n) || (field.Min is { } least && n < least) || (field.Max is { } most && n > most)).Select(n => string.Create(CultureInfo.InvariantCulture, $"holds {n}")).FirstOrDefault();
        }

        if (value is IEnumerable<string> words)
        {
            return field.Choices.Count == 0 ? null : words.Where(w => !field.Choices.Contains(w, StringComparer.Ordinal)).Select(w => $"holds \"{w}\"").FirstOrDefault();
        }

        return field.Choices.Count > 0 && !field.Choices.Contains(value.ToString(), StringComparer.Ordinal) ? $"is \"{value}\"" : null;
    }

    private static IReadOnlyList<OptionField> Read(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        var nullability = new NullabilityInfoContext();
        List<OptionField> fields = [];
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<OptionAttribute>() is not { } option)
            {
                continue;
            }

            var nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || (!property.PropertyType.IsValueType && nullability.Create(property).ReadState == NullabilityState.Nullable);
            string[] choices = option.Choices.Length > 0 ? option.Choices.Split('|') : [];
            fields.Add(new OptionField(
                JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name),
                KindOf(property.PropertyType, choices.Length > 0),
                nullable,
                option.Basic,
                double.IsNaN(option.Min) ? null : option.Min,
                double.IsNaN(option.Max) ? null : option.Max,
                option.MinExclusive,
                choices,
                property.GetValue(defaults),
                option.Label,
                option.Help,
                property)
            {
                Model = option.Model,
                Lines = option.Lines,
            });
        }

        return fields;
    }

    private static OptionKind KindOf(Type type, bool choices)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(bool) ? OptionKind.Boolean
            : type == typeof(int) || type == typeof(long) ? OptionKind.Integer
            : type == typeof(double) ? OptionKind.Number
            : type == typeof(string) ? (choices ? OptionKind.Choice : OptionKind.Text)
            : typeof(IEnumerable<double>).IsAssignableFrom(type) ? OptionKind.NumberList
            : typeof(IEnumerable).IsAssignableFrom(type) ? OptionKind.TextList
            : throw new NotSupportedException($"An option cannot be a {type.Name}.");
    }
}
