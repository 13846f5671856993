using System.Text;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Filters that make text of text.</summary>
internal static class TextFilters
{
    private const int TruncateLeeway = 5;

    public static readonly Filter[] All =
    [
        Filter.Simple("upper", (state, value) => Filters.Method(state, value, "upper")),
        Filter.Simple("lower", (state, value) => Filters.Method(state, value, "lower")),
        Filter.Simple("capitalize", (state, value) => Filters.Method(state, value, "capitalize")),
        Filter.Simple("title", (state, value) => Title(value)),
        Filter.With("trim", ["chars"], 0, (state, value, given) => given[0] is null || !Filters.Given(given[0]) ? Filters.Method(state, value, "strip") : Filters.Method(state, value, "strip", given[0])),
        Filter.With("center", ["width"], 0, (state, value, given) => Filters.Method(state, value, "center", Filters.Integer(given[0], 80))),
        Filter.Simple("string", (_, value) => Filters.Soft(value)),
        Filter.With("replace", ["old", "new", "count"], 2, Replace),
        Filter.With("indent", ["width", "first", "blank"], 0, Indent),
        Filter.With("truncate", ["length", "killwords", "end", "leeway"], 0, Truncate),
        Filter.With("wordwrap", ["width", "break_long_words", "wrapstring", "break_on_hyphens"], 0, WordWrap),
        Filter.Simple("wordcount", (_, value) => (long)CountWords(PythonText.Str(value))),
        Filter.Open("format", Format),
        Filter.With("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], 0, ToJson),
        Filter.With("pprint", [], 0, (state, value, _) => PrettyPrint.Format(value)),
    ];

    private static object Title(object? value)
    {
        var text = PythonText.Str(value);
        var builder = new StringBuilder(text.Length);
        var start = 0;
        for (var at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && !IsWordStart(text[at]))
            {
                continue;
            }

            var word = text[start..at];
            if (word.Length > 0)
            {
                var first = CodePoints.WidthAt(word, 0);
                builder.Append(UnicodeText.Upper(word[..first])).Append(UnicodeText.Lower(word[first..]));
            }

            builder.Append(at < text.Length ? text[at].ToString() : "");
            start = at + 1;
        }

        return value is Markup ? new Markup(builder.ToString()) : builder.ToString();

        static bool IsWordStart(char c) => c is '-' or '(' or '{' or '[' or '<' || Whitespace.Is(c);
    }

    private static object? Replace(RenderState state, object? value, object?[] given)
    {
        var count = given[2] is null ? -1 : Filters.Integer(given[2], -1);
        if (!state.Autoescape)
        {
            return StringMethods.Replace(state, PythonText.Str(value), PythonText.Str(given[0]), PythonText.Str(given[1]), count);
        }

        var subject = given[0] is Markup || (given[1] is Markup && value is not Markup) ? Html.Escape(value) : Filters.Soft(value);
        return Filters.Method(state, subject, "replace", PythonText.Str(given[0]), Filters.Soft(given[1]), count);
    }

    private static object Indent(RenderState state, object? value, object?[] given)
    {
        if (PythonText.AsText(value) is not { } text)
        {
            throw value is UndefinedValue undefined ? undefined.Failure()
                : value is ListValue ? TemplateException.Attribute("'list' object has no attribute 'splitlines'")
                : TemplateException.Type($"unsupported operand type(s) for +=: '{PythonTypes.NameOf(value)}' and 'str'");
        }

        var width = Filters.Given(given[0]) ? given[0] : 4L;
        state.CheckText(PythonText.AsText(width) is null ? Numbers.Index(width) : 0);
        var indention = PythonText.AsText(width) ?? new string(' ', (int)Math.Max(0, Numbers.Index(width)));
        var blank = Filters.Flag(given[2]);
        var lines = StringSplitting.Lines(text + "\n");
        state.CheckText(text.Length + ((long)lines.Count * indention.Length));
        var result = new StringBuilder(Filters.Flag(given[1]) ? indention : "");
        for (var i = 0; i < lines.Count; i++)
        {
            result.Append(i == 0 ? "" : "\n").Append(i > 0 && (blank || lines[i].Length > 0) ? indention : "").Append(lines[i]);
        }

        return value is Markup ? new Markup(result.ToString()) : result.ToString();
    }

    private static object? Truncate(RenderState state, object? value, object?[] given)
    {
        var end = Filters.Given(given[2]) ? PythonText.AsText(given[2]) ?? throw TemplateException.Type($"object of type '{PythonTypes.NameOf(given[2])}' has no len()") : "...";
        var length = Filters.Integer(given[0], 255);
        var leeway = given[3] is null ? TruncateLeeway : Filters.Integer(given[3], TruncateLeeway);
        var room = length - CodePoints.Count(end);
        if (room < 0 || leeway < 0)
        {
            throw new TemplateException($"expected length >= {CodePoints.Count(end)} and leeway >= 0") { Kind = "AssertionError" };
        }

        if (PythonIteration.Length(value) <= length + leeway)
        {
            return value;
        }

        var text = PythonText.AsText(value) ?? throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object cannot be truncated");
        var head = CodePoints.Slice(text, null, room, null);
        var cut = (Filters.Flag(given[1]) ? head : StringSplitting.OnFromEnd(head, " ", 1)[0]) + end;
        return value is Markup ? new Markup(cut) : cut;
    }

    private static object WordWrap(RenderState state, object? value, object?[] given)
    {
        var text = PythonText.AsText(value) ?? throw (value is UndefinedValue undefined ? undefined.Failure() : TemplateException.Attribute($"'{PythonTypes.NameOf(value)}' object has no attribute 'splitlines'"));
        var width = Filters.Integer(given[0], 79);
        if (width <= 0)
        {
            throw TemplateException.Value($"invalid width {width} (must be > 0)");
        }

        var separator = PythonText.AsText(Filters.OrNone(given[2])) ?? "\n";
        var wrapped = StringSplitting.Lines(text).Select(line => string.Join(separator, TextWrap.Wrap(line, (int)Math.Min(width, int.MaxValue), Filters.Flag(given[1], true), Filters.Flag(given[3], true))));
        var result = string.Join(separator, wrapped);
        state.CheckText(result.Length);
        return result;
    }

    private static int CountWords(string text)
    {
        var (count, inside) = (0, false);
        foreach (var (value, _, _) in CodePoints.Each(text))
        {
            var word = value == '_' || UnicodeText.IsAlpha(value) || UnicodeText.IsDecimal(value) || UnicodeText.IsNumeric(value);
            count += word && !inside ? 1 : 0;
            inside = word;
        }

        return count;
    }

    private static object Format(RenderState state, object? value, Arguments arguments)
    {
        if (arguments.Positional.Length > 0 && arguments.Keywords.Length > 0)
        {
            throw TemplateException.Argument("can't handle positional and keyword arguments at the same time");
        }

        if (arguments.Keywords.Length == 0)
        {
            return PercentFormat.Apply(state, Filters.Soft(value), new TupleValue(arguments.Positional));
        }

        var dict = new DictValue();
        Array.ForEach(arguments.Keywords, each => dict.Set(each.Key, each.Value));
        return PercentFormat.Apply(state, Filters.Soft(value), dict);
    }

    private static object ToJson(RenderState state, object? value, object?[] given)
    {
        string? indent = null;
        if (Filters.OrNone(given[1]) is { } asked)
        {
            state.CheckText(PythonText.AsText(asked) is null ? Numbers.Index(asked) : 0);
            indent = PythonText.AsText(asked) ?? new string(' ', (int)Math.Max(0, Numbers.Index(asked)));
        }

        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (Filters.OrNone(given[2]) is { } separators)
        {
            var pair = PythonIteration.ToArray(separators);
            (item, key) = pair is [string first, string second] ? (first, second) : throw TemplateException.Value("separators must be two texts");
        }

        return PythonJson.Write(state, value, Filters.Flag(given[0]), indent, item, key, Filters.Flag(given[3]));
    }
}
