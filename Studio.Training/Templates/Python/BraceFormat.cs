using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary><c>str.format</c> with the sandbox's rules for attributes.</summary>
internal static class BraceFormat
{
    public static string Format(RenderState state, string text, object?[] positional, object? keywords, bool escape)
    {
        var place = 0;
        return Expand(state, text, positional, keywords, escape, ref place, depth: 2);
    }

    private static string Expand(RenderState state, string text, object?[] positional, object? keywords, bool escape, ref int place, int depth)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (depth < 0)
        {
            throw TemplateException.Value("Max string recursion exceeded");
        }

        var result = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c is '{' or '}' && at + 1 < text.Length && text[at + 1] == c)
            {
                result.Append(c);
                at += 2;
                continue;
            }

            if (c == '}')
            {
                throw TemplateException.Value("Single '}' encountered in format string");
            }

            if (c != '{')
            {
                result.Append(c);
                at++;
                continue;
            }

            var end = FieldEnd(text, at + 1);
            result.Append(Field(state, text[(at + 1)..end], positional, keywords, escape, ref place, depth));
            state.CheckText(result.Length);
            at = end + 1;
        }

        return result.ToString();
    }

    private static int FieldEnd(string text, int start)
    {
        var open = 1;
        for (var at = start; at < text.Length; at++)
        {
            open += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (open == 0)
            {
                return at;
            }
        }

        throw TemplateException.Value(start >= text.Length ? "Single '{' encountered in format string" : "expected '}' before end of string");
    }

    private static string Field(RenderState state, string field, object?[] positional, object? keywords, bool escape, ref int place, int depth)
    {
        var bracket = 0;
        var end = 0;
        for (; end < field.Length && (bracket > 0 || field[end] is not (':' or '!')); end++)
        {
            bracket += field[end] == '[' ? 1 : field[end] == ']' && bracket > 0 ? -1 : 0;
        }

        var name = field[..end];
        var conversion = '\0';
        if (end < field.Length && field[end] == '!')
        {
            conversion = end + 1 < field.Length ? field[end + 1] : throw TemplateException.Value("unmatched '{' in format spec");
            end += 2;
            if (end < field.Length && field[end] != ':')
            {
                throw TemplateException.Value("expected ':' after conversion specifier");
            }
        }

        var spec = end < field.Length ? field[(end + 1)..] : "";
        var value = Lookup(state, name, positional, keywords, ref place);
        value = conversion switch
        {
            '\0' => value,
            's' => PythonText.Str(value),
            'r' => PythonText.Repr(value),
            'a' => PythonJson.Ascii(PythonText.Repr(value)),
            _ => throw TemplateException.Value($"Unknown conversion specifier {conversion}"),
        };
        if (spec.Contains('{', StringComparison.Ordinal) || spec.Contains('}', StringComparison.Ordinal))
        {
            spec = Expand(state, spec, positional, keywords, escape, ref place, depth - 1);
        }

        return !escape || value is Markup ? FormatSpec.Apply(state, value, spec) : Html.EscapeText(FormatSpec.Apply(state, value, spec));
    }

    private static object? Lookup(RenderState state, string name, object?[] positional, object? keywords, ref int place)
    {
        var end = name.AsSpan().IndexOfAny('.', '[');
        var first = end < 0 ? name : name[..end];
        object? value;
        if (first.Length == 0 || char.IsAsciiDigit(first[0]))
        {
            if (first.Length == 0 ? place < 0 : place > 0)
            {
                throw TemplateException.Value("cannot switch between automatic field numbering and manual field specification");
            }

            var index = first.Length == 0 ? place++ : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
            place = first.Length == 0 ? place : -1;
            value = index < positional.Length ? positional[index] : throw TemplateException.Index($"Replacement index {index} out of range for positional args tuple");
        }
        else
        {
            value = keywords is DictValue dict && dict.TryGet(first, out var found) ? found : throw TemplateException.Key(PythonText.Repr(first));
        }

        for (var at = first.Length; at < name.Length;)
        {
            if (name[at] == '.')
            {
                var stop = name.AsSpan(at + 1).IndexOfAny('.', '[');
                stop = stop < 0 ? name.Length : at + 1 + stop;
                value = Access.Attribute(state, value, name[(at + 1)..stop]);
                at = stop;
                continue;
            }

            var close = name.IndexOf(']', at);
            if (close < 0 || name[at] != '[')
            {
                throw TemplateException.Value(close < 0 ? "Missing ']' in format string" : "Only '.' or '[' may follow ']' in format field specifier");
            }

            var key = name[(at + 1)..close];
            value = Access.Item(state, value, long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var integer) ? integer : key);
            at = close + 1;
        }

        return value;
    }
}
