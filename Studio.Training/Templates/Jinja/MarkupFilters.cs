using System.Globalization;
using System.Text;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Filters for HTML and addresses.</summary>
internal static class MarkupFilters
{
    public static readonly Filter[] All =
    [
        Filter.Simple("escape e", (_, value) => Html.Escape(value)),
        Filter.Simple("forceescape", (_, value) => new Markup(Html.EscapeText(PythonText.Str(value)))),
        Filter.Simple("safe", (_, value) => value as Markup ?? new Markup(PythonText.Str(value))),
        Filter.Simple("striptags", (_, value) => Html.StripTags(PythonText.Str(value))),
        Filter.Simple("urlencode", (_, value) => UrlEncode(value)),
        Filter.With("urlize", ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"], 0, Urlize),
        Filter.With("xmlattr", ["autospace"], 0, XmlAttributes),
    ];

    private static string UrlEncode(object? value)
    {
        if (PythonText.AsText(value) is { } text || !PythonIteration.IsIterable(value))
        {
            return Quote(PythonText.Str(value), inQuery: false);
        }

        var pairs = PythonIteration.ToArray(value is DictValue dict ? new DictView(dict, DictViewKind.Items) : value).Select(PythonIteration.ToArray);
        return string.Join('&', pairs.Select(pair => pair.Length == 2
            ? $"{Quote(PythonText.Str(pair[0]), inQuery: true)}={Quote(PythonText.Str(pair[1]), inQuery: true)}"
            : throw TemplateException.Value("urlencode needs pairs of key and value")));
    }

    private static string Quote(string text, bool inQuery)
    {
        var result = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)unit;
            _ = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !inQuery) ? result.Append(c)
                : c == ' ' && inQuery ? result.Append('+')
                : result.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        }

        return result.ToString();
    }

    private static object Urlize(RenderState state, object? value, object?[] given)
    {
        var relations = new SortedSet<string>(StringSplitting.OnWhitespace(PythonText.AsText(Filters.OrNone(given[3])) ?? "", -1), StringComparer.Ordinal) { "noopener" };
        if (Filters.Flag(given[1]))
        {
            relations.Add("nofollow");
        }

        var limit = Filters.OrNone(given[0]) is { } most ? (int?)Math.Clamp(Numbers.Index(most), 0, int.MaxValue) : null;
        var schemes = Filters.OrNone(given[4]) is { } list ? PythonIteration.ToArray(list).Select(PythonText.Str).ToArray() : [];
        if (Array.Find(schemes, each => !IsScheme(each)) is { } wrong)
        {
            throw TemplateException.Argument($"{PythonText.Repr(wrong)} is not a valid URI scheme prefix.");
        }

        var text = Html.Urlize(Html.Escape(value).Text, limit, string.Join(' ', relations), PythonText.AsText(Filters.OrNone(given[2])), schemes);
        state.CheckText(text.Length);
        return state.Autoescape ? new Markup(text) : text;
    }

    private static bool IsScheme(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 2 && text[..colon].All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or '+' or '-') && text[(colon + 1)..] is "" or "/" or "//";
    }

    private static object XmlAttributes(RenderState state, object? value, object?[] given)
    {
        if (value is not DictValue dict)
        {
            throw value is UndefinedValue undefined ? undefined.Failure() : TemplateException.Attribute($"'{PythonTypes.NameOf(value)}' object has no attribute 'items'");
        }

        var parts = new List<string>();
        for (var i = 0; i < dict.Count; i++)
        {
            if (dict.ValueAt(i) is null or UndefinedValue)
            {
                continue;
            }

            var key = PythonText.AsText(dict.KeyAt(i)) ?? throw TemplateException.Type("expected string or bytes-like object");
            if (key.AsSpan().IndexOfAny(" \t\n\r\f\v/>=") >= 0)
            {
                throw TemplateException.Value($"Invalid character in attribute name: {PythonText.Repr(key)}");
            }

            parts.Add($"{Html.Escape(dict.KeyAt(i)).Text}=\"{Html.Escape(dict.ValueAt(i)).Text}\"");
        }

        var text = (parts.Count > 0 && Filters.Flag(given[0], true) ? " " : "") + string.Join(' ', parts);
        return state.Autoescape ? new Markup(text) : text;
    }
}
