using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Studio.Data.Recipes;

/// <summary>Checks a grader as the OpenAI API writes it: string_check, text_similarity, score_model, and multi over them.</summary>
public static partial class GraderSpec
{
    public static IReadOnlyList<string> Types { get; } = ["string_check", "text_similarity", "score_model", "multi"];

    public static IReadOnlyList<string> Operations { get; } = ["eq", "ne", "like", "ilike"];

    public static IReadOnlyList<string> Similarities { get; } = ["fuzzy_match", "bleu", "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l"];

    /// <summary>The first thing that is wrong: the path of the field and a sentence; null when the grader can be used.</summary>
    public static (string Place, string Message)? Fault(JsonObject grader, string place = "grader")
    {
        string At(string field) => $"{place}.{field}";
        (string, string)? Texts(params string[] fields) => fields.Where(f => Text(grader, f) is null).Select(f => ((string, string)?)(At(f), $"'{f}' must be a string.")).FirstOrDefault();
        switch (Text(grader, "type"))
        {
            case "string_check":
                return Texts("input", "reference") ?? (Operations.Contains(Text(grader, "operation")) ? null : (At("operation"), $"'operation' must be one of: {string.Join(", ", Operations)}."));
            case "text_similarity":
                return Texts("input", "reference") ?? (Similarities.Contains(Text(grader, "evaluation_metric")) ? null : (At("evaluation_metric"), $"'evaluation_metric' must be one of: {string.Join(", ", Similarities)}."));
            case "score_model":
                if (Texts("model") is { } missing)
                {
                    return missing;
                }

                if (grader["input"] is not JsonArray { Count: > 0 } turns || turns.Any(t => t is not JsonObject turn || Text(turn, "role") is null || Content(turn) is null))
                {
                    return (At("input"), "'input' must be a list of messages with a role and a text.");
                }

                return grader["range"] is null or JsonArray { Count: 2 } && (grader["range"] is not JsonArray range || range.All(r => r?.GetValueKind() == JsonValueKind.Number))
                    ? null
                    : (At("range"), "'range' must be two numbers.");
            case "multi":
                return Multi(grader, place);
            case { } other:
                return (At("type"), $"The grader '{other}' is not supported. Use one of: {string.Join(", ", Types)}.");
            default:
                return (At("type"), $"'type' must be one of: {string.Join(", ", Types)}.");
        }
    }

    /// <summary>True when some part asks a model.</summary>
    public static bool AsksModel(JsonObject grader) => Text(grader, "type") switch
    {
        "score_model" => true,
        "multi" => grader["graders"] is JsonObject parts && parts.Any(p => p.Value is JsonObject part && AsksModel(part)),
        _ => false,
    };

    /// <summary>The text of a message, whose content is a text or a part with one.</summary>
    public static string? Content(JsonObject turn) => turn["content"] switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonObject part => Text(part, "text"),
        _ => null,
    };

    public static string? Text(JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static (string, string)? Multi(JsonObject grader, string place)
    {
        if (grader["graders"] is not JsonObject { Count: > 0 } parts)
        {
            return ($"{place}.graders", "'graders' must be an object of named graders.");
        }

        foreach (var (name, part) in parts)
        {
            if (part is not JsonObject own || Text(own, "type") == "multi")
            {
                return ($"{place}.graders.{name}", "A part of a multi grader must be a grader of another type.");
            }

            if (Fault(own, $"{place}.graders.{name}") is { } fault)
            {
                return fault;
            }
        }

        try
        {
            Evaluate(Text(grader, "calculate_output") ?? "", parts.ToDictionary(p => p.Key, _ => 1.0, StringComparer.Ordinal));
            return null;
        }
        catch (FormatException fault)
        {
            return ($"{place}.calculate_output", $"'calculate_output' cannot be computed: {fault.Message}");
        }
    }

    /// <summary>Computes a formula of numbers, names, + - * /, parentheses and the functions min, max, abs, floor, ceil, exp, sqrt, log.</summary>
    /// <exception cref="FormatException">It is no formula, or a name is unknown.</exception>
    public static double Evaluate(string formula, IReadOnlyDictionary<string, double> values)
    {
        var tokens = Tokens().Matches(formula).Select(m => m.Value).Where(t => t.Trim().Length > 0).ToList();
        if (string.Concat(tokens) != string.Concat(formula.Where(c => !char.IsWhiteSpace(c))) || tokens.Count == 0)
        {
            throw new FormatException("it is empty or has characters that are no part of a formula.");
        }

        var at = 0;
        var result = Sum();
        return at == tokens.Count ? result : throw new FormatException($"\"{tokens[at]}\" is not expected.");

        string? Peek() => at < tokens.Count ? tokens[at] : null;

        void Take(string token) => at = Peek() == token ? at + 1 : throw new FormatException($"\"{token}\" is missing.");

        double Sum()
        {
            var value = Product();
            while (Peek() is "+" or "-")
            {
                value = tokens[at++] == "+" ? value + Product() : value - Product();
            }

            return value;
        }

        double Product()
        {
            var value = Factor();
            while (Peek() is "*" or "/")
            {
                value = tokens[at++] == "*" ? value * Factor() : value / Factor();
            }

            return value;
        }

        double Factor()
        {
            switch (Peek())
            {
                case null:
                    throw new FormatException("it ends too early.");
                case "-":
                    at++;
                    return -Factor();
                case "(":
                    at++;
                    var inner = Sum();
                    Take(")");
                    return inner;
            }

            var token = tokens[at++];
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            if (Peek() != "(")
            {
                return values.TryGetValue(token, out var known) ? known : throw new FormatException($"there is no grader \"{token}\".");
            }

            at++;
            List<double> arguments = [Sum()];
            while (Peek() == ",")
            {
                at++;
                arguments.Add(Sum());
            }

            Take(")");
            return token switch
            {
                "min" => arguments.Min(),
                "max" => arguments.Max(),
                "abs" => Math.Abs(arguments[0]),
                "floor" => Math.Floor(arguments[0]),
                "ceil" => Math.Ceiling(arguments[0]),
                "exp" => Math.Exp(arguments[0]),
                "sqrt" => Math.Sqrt(arguments[0]),
                "log" => Math.Log(arguments[0]),
                _ => throw new FormatException($"there is no function \"{token}\"."),
            };
        }
    }

    [GeneratedRegex(@"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_][\w]*|[-+*/(),]|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Tokens();
}
