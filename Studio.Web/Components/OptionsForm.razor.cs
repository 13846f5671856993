using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Recipes;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>
/// Draws any options record from its schema: Basic shows a few options, Advanced all of them; each says its effect, range and default; a changed one is marked and can be reset.
/// The record stays immutable: a change raises <see cref="OptionsChanged"/> with a new one. A value out of range is shown with its fault and not taken over.
/// </summary>
public sealed partial class OptionsForm
{
    private static readonly MethodInfo Copy = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Dictionary<string, string> faults = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> typed = new(StringComparer.Ordinal);

    /// <summary>An options record of Studio.Data.Recipes.</summary>
    [Parameter, EditorRequired]
    public object Options { get; set; } = null!;

    [Parameter]
    public EventCallback<object> OptionsChanged { get; set; }

    /// <summary>Name of the section in the recipe (lora, data, ...), for ids.</summary>
    [Parameter, EditorRequired]
    public string Section { get; set; } = "";

    /// <summary>All options instead of the basic ones.</summary>
    [Parameter]
    public bool Advanced { get; set; }

    /// <summary>Leaves out options that make no sense here.</summary>
    [Parameter]
    public Func<OptionField, bool>? Where { get; set; }

    /// <summary>What a value means here, by option name, shown at the right inside the field: "4.9 M weights".</summary>
    [Parameter]
    public IReadOnlyDictionary<string, string>? Hints { get; set; }

    /// <summary>What a text may be, by option name: a list to choose from instead of a field to type in.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Suggestions { get; set; }

    /// <summary>Values to compare with; null takes the record's own defaults.</summary>
    [Parameter]
    public object? Defaults { get; set; }

    [Parameter]
    public bool Disabled { get; set; }

    /// <summary>False while a field holds something that cannot be taken over.</summary>
    [Parameter]
    public EventCallback<bool> ValidChanged { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<OptionText> O { get; set; } = null!;

    private IEnumerable<OptionField> Fields => OptionSchema.Of(Options.GetType())
        .Where(f => (Advanced || f.Basic) && (Where is null || Where(f)))
        .Select(f => Defaults is null ? f : f with { Default = f.Read(Defaults) });

    private string Label(OptionField field) => Words(field, "label", field.Label);

    private string Help(OptionField field) => Words(field, "help", field.Help);

    // Two methods may mean different things by one name (beta): the record's own words come first.
    private string Words(OptionField field, string part, string otherwise) =>
        O.Or($"{Options.GetType().Name.Replace("Options", "", StringComparison.Ordinal).ToLowerInvariant()}.{field.Name}.{part}", O.Or($"{field.Name}.{part}", otherwise));

    private string Tooltip(OptionField field) =>
        string.Join(' ', new[] { Help(field), field.Kind == OptionKind.Text ? null : L["option.range", Range(field)].Value, L["option.default", Text(field.Default)].Value, L["option.name", field.Name].Value }.Where(t => t is not null));

    private string Range(OptionField field) =>
        field.Choices.Count > 0 ? string.Join(", ", field.Choices)
        : (field.Min, field.Max) switch
        {
            ({ } min, { } max) => L[field.MinExclusive ? "option.between.exclusive" : "option.between", Bound(min), Bound(max)],
            ({ } min, null) => L[field.MinExclusive ? "option.above" : "option.least", Bound(min)],
            (null, { } max) => L["option.most", Bound(max)],
            _ => "",
        };

    private string? Aside(OptionField field, bool changed) =>
        changed && field.Default is not null && field.Kind is not (OptionKind.TextList or OptionKind.NumberList) ? L["option.default", Text(field.Default)]
        : Hints?.GetValueOrDefault(field.Name);

    private static string InputMode(OptionField field) => field.Kind switch
    {
        OptionKind.Integer => "numeric",
        OptionKind.Number => "decimal",
        _ => "text",
    };

    private string Shown(OptionField field) => typed.TryGetValue(field.Name, out var text) ? text : field.Lines ? string.Join('\n', field.Read(Options) as IReadOnlyList<string> ?? []) : Plain(field.Read(Options));

    private string Text(object? value) => value switch
    {
        null => L["option.none"],
        bool on => L[on ? "option.on" : "option.off"],
        _ => Plain(value),
    };

    private static string Bound(double value) => value is >= 1e6 or int.MaxValue ? Format.Compact(value) : Plain(value);

    private static string Plain(object? value) => value switch
    {
        null => "",
        double number when number != 0 && Math.Abs(number) < 1e-3 => number.ToString("0.######e-0", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text,
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Plain)),
        _ => value.ToString() ?? "",
    };

    private bool IsChanged(OptionField field)
    {
        var (now, before) = (field.Read(Options), field.Default);
        return field.Kind is OptionKind.TextList or OptionKind.NumberList ? Plain(now) != Plain(before) : !Equals(now, before);
    }

    private async Task SetAsync(OptionField field, object? value)
    {
        var wasValid = faults.Count == 0;
        if (TryRead(field, value, out var read) && Fault(field, read) is null)
        {
            faults.Remove(field.Name);
            typed.Remove(field.Name);
            var next = Copy.Invoke(Options, null)!;
            field.Property.SetValue(next, read);
            Options = next;
            await OptionsChanged.InvokeAsync(next);
        }
        else
        {
            typed[field.Name] = value?.ToString() ?? "";
            faults[field.Name] = L["option.fault", Range(field) is { Length: > 0 } range ? range : L[field.Kind == OptionKind.Integer ? "option.whole" : "option.number"].Value];
        }

        if (wasValid != (faults.Count == 0))
        {
            await ValidChanged.InvokeAsync(faults.Count == 0);
        }
    }

    private static bool TryRead(OptionField field, object? value, out object? read)
    {
        read = null;
        var type = Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType;
        if (value is null || value.GetType() == type || (field.Kind is OptionKind.TextList or OptionKind.NumberList && value is not string))
        {
            read = value;
            return value is not null || field.Nullable;
        }

        var text = value.ToString()!.Trim();
        if (text.Length == 0 && field.Nullable)
        {
            return true;
        }

        switch (field.Kind)
        {
            case OptionKind.Integer when long.TryParse(text.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole):
                if (type == typeof(int) && whole is < int.MinValue or > int.MaxValue)
                {
                    return false;
                }

                read = Convert.ChangeType(whole, type, CultureInfo.InvariantCulture);
                return true;
            case OptionKind.Number when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                read = number;
                return true;
            case OptionKind.Text or OptionKind.Choice:
                read = text;
                return true;
            case OptionKind.TextList when field.Lines:
                read = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return true;
            case OptionKind.TextList:
                read = text.Split([',', ' ', '\n', '，', '、'], StringSplitOptions.RemoveEmptyEntries);
                return true;
            case OptionKind.NumberList:
                var words = text.Split([',', ' ', ';', '\n', '，', '、'], StringSplitOptions.RemoveEmptyEntries);
                var numbers = words.Select(w => double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToArray();
                read = numbers;
                return numbers.All(double.IsFinite);
            default:
                return false;
        }
    }

    private static string? Fault(OptionField field, object? value)
    {
        if (value is null)
        {
            return field.Nullable ? null : "empty";
        }

        if (field.Kind is OptionKind.Integer or OptionKind.Number)
        {
            var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            var low = field.Min is { } min && (field.MinExclusive ? number <= min : number < min);
            return !double.IsFinite(number) || low || number > field.Max ? "range" : null;
        }

        return value switch
        {
            IEnumerable<double> numbers => numbers.All(n => !(n < field.Min) && !(n > field.Max)) ? null : "range",
            IEnumerable<string> words => field.Choices.Count == 0 || words.All(w => field.Choices.Contains(w, StringComparer.Ordinal)) ? null : "choice",
            _ => field.Choices.Count > 0 && !field.Choices.Contains(value.ToString(), StringComparer.Ordinal) ? "choice" : null,
        };
    }
}
