using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Studio.Training.Lora;

/// <summary>
/// Which modules a PEFT configuration means: a list of names (exact or as a dotted suffix), or one regular expression that must match the whole path.
/// </summary>
public sealed class ModuleMatch
{
    // An adapter is a stranger's file; its expressions get a bounded time per name.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Regex? expression;
    private readonly HashSet<string> names;

    private ModuleMatch(string? pattern, IReadOnlyList<string> names)
    {
        Pattern = pattern;
        Names = names;
        this.names = [.. names];
        expression = pattern is null || IsAllLinear ? null : Compile(@"\A(?:" + pattern + @")\z");
    }

    /// <summary>The regular expression or the word all-linear; null for a list.</summary>
    public string? Pattern { get; }

    /// <summary>The listed names; empty for an expression.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>True for the word <c>all-linear</c>: every linear layer except the output head.</summary>
    public bool IsAllLinear => string.Equals(Pattern, "all-linear", StringComparison.OrdinalIgnoreCase);

    public static ModuleMatch Of(params IReadOnlyList<string> names) =>
        names is ["all-linear"] ? new ModuleMatch("all-linear", []) : new ModuleMatch(null, names);

    /// <summary>Reads a JSON value: null, a string or a list of strings.</summary>
    /// <exception cref="AdapterException">It is something else, or the expression is not valid.</exception>
    public static ModuleMatch? Read(JsonNode? node, string field) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => new ModuleMatch(text, []),
        JsonArray list => new ModuleMatch(null, [.. list.Select(n => n is JsonValue v && v.TryGetValue<string>(out var s) ? s : throw new AdapterException($"adapter_config.json: {field} holds something that is not a name."))]),
        _ => throw new AdapterException($"adapter_config.json: {field} is neither a name, a list of names nor a regular expression."),
    };

    public JsonNode? Write() => Pattern is not null ? JsonValue.Create(Pattern) : new JsonArray([.. Names.Select(n => (JsonNode?)JsonValue.Create(n))]);

    public bool Matches(string module)
    {
        if (expression is not null)
        {
            return Try(expression, module).Success;
        }

        if (names.Contains(module))
        {
            return true;
        }

        for (var dot = module.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = module.IndexOf('.', dot + 1))
        {
            if (names.Contains(module[(dot + 1)..]))
            {
                return true;
            }
        }

        return false;
    }

    internal static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException fault)
        {
            throw new AdapterException($"adapter_config.json: the expression \"{pattern}\" is not valid: {fault.Message}");
        }
    }

    internal static Match Try(Regex expression, string module)
    {
        try
        {
            return expression.Match(module);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new AdapterException($"adapter_config.json: the expression \"{expression}\" takes too long on \"{module}\".");
        }
    }
}
