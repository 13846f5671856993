using System.Collections.Frozen;
using System.Text;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>The methods of Python's <c>str</c>. Positions and widths are code points.</summary>
internal static class StringMethods
{
    public static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet([
        "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
        "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
        "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill"]);

    public static object? Call(RenderState state, string text, string name, Arguments arguments)
    {
        state.Charge(text.Length / 64);
        switch (name)
        {
            case "split":
                return Split(text, name, arguments, StringSplitting.OnWhitespace, StringSplitting.On);
            case "rsplit":
                return Split(text, name, arguments, StringSplitting.OnWhitespaceFromEnd, StringSplitting.OnFromEnd);
            case "splitlines":
                var keep = arguments.Bind(name, 0, "keepends")[0];
                return StringSplitting.ToList(StringSplitting.Lines(text, keep != Arguments.Missing && PythonComparison.IsTrue(keep)));
            case "format":
                return BraceFormat.Format(state, text, arguments.Positional, ToDict(arguments.Keywords), escape: false);
            case "format_map":
                return BraceFormat.Format(state, text, [], arguments.PositionalOnly(name, 1, 1)[0], escape: false);
            case "encode":
                throw TemplateException.Type("encode() gives bytes, which templates here cannot hold");
            case "expandtabs":
                var size = arguments.Bind(name, 0, "tabsize")[0];
                return ExpandTabs(state, text, size == Arguments.Missing ? 8 : Numbers.Index(size));
        }

        var given = arguments.PositionalOnly(name, Least(name), Most(name));
        switch (name)
        {
            case "strip" or "lstrip" or "rstrip":
                return Strip(text, name, given.Length == 0 ? null : given[0]);
            case "startswith" or "endswith":
                return Affix(text, name, given);
            case "replace":
                return Replace(state, text, Text(name, given[0]), Text(name, given[1]), given.Length > 2 ? Numbers.Index(given[2]) : -1);
            case "find" or "index" or "rfind" or "rindex":
                return Find(text, name, given);
            case "count":
                var (window, _) = Window(text, given);
                return window is null ? 0L : (long)StringSplitting.Count(window, Text(name, given[0]));
            case "join":
                return Join(state, text, given[0]);
            case "partition" or "rpartition":
                return Partition(text, name, Text(name, given[0]));
            case "removeprefix":
                var prefix = Text(name, given[0]);
                return text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
            case "removesuffix":
                var suffix = Text(name, given[0]);
                return text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;
            case "center" or "ljust" or "rjust":
                return Pad(state, text, name, Numbers.Index(given[0]), given.Length > 1 ? Text(name, given[1]) : " ");
            case "zfill":
                return ZeroFill(state, text, Numbers.Index(given[0]));
            case "translate":
                return Translate(state, text, given[0]);
        }

        return name switch
        {
            "upper" => UnicodeText.Upper(text),
            "lower" => UnicodeText.Lower(text),
            "capitalize" => UnicodeText.Capitalize(text),
            "title" => UnicodeText.Title(text),
            "swapcase" => UnicodeText.SwapCase(text),
            "casefold" => UnicodeText.CaseFold(text),
            _ => Is(text, name),
        };
    }

    /// <summary>Methods of safe markup: results are markup, and plain text that comes in is escaped.</summary>
    public static object? CallOnMarkup(RenderState state, Markup markup, string name, Arguments arguments)
    {
        switch (name)
        {
            case "join":
                var items = PythonIteration.ToArray(arguments.PositionalOnly(name, 1, 1)[0]);
                return new Markup((string)Join(state, markup.Text, new ListValue(Array.ConvertAll(items, item => (object?)Html.Escape(item).Text))));
            case "format":
                return new Markup(BraceFormat.Format(state, markup.Text, arguments.Positional, ToDict(arguments.Keywords), escape: true));
            case "format_map":
                return new Markup(BraceFormat.Format(state, markup.Text, [], arguments.PositionalOnly(name, 1, 1)[0], escape: true));
            case "replace":
                var given = arguments.PositionalOnly(name, 2, 3);
                return new Markup(Replace(state, markup.Text, Text(name, given[0]), Html.Escape(given[1]).Text, given.Length > 2 ? Numbers.Index(given[2]) : -1));
        }

        var result = Call(state, markup.Text, name, arguments);
        return result switch
        {
            string text => new Markup(text),
            ListValue list => new ListValue(Array.ConvertAll(list.Items, item => (object?)new Markup((string)item!))),
            TupleValue tuple => new TupleValue(Array.ConvertAll(tuple.Items, item => (object?)new Markup((string)item!))),
            _ => result,
        };
    }

    public static string Strip(string text, string name, object? characters)
    {
        if (characters is null)
        {
            return name switch
            {
                "strip" => Whitespace.Trim(text),
                "lstrip" => Whitespace.TrimStart(text),
                _ => Whitespace.TrimEnd(text),
            };
        }

        var set = Text(name, characters);
        if (!CodePoints.IsFlat(set))
        {
            return StripWide(text, name, set);
        }

        var (start, end) = (0, text.Length);
        while (name != "rstrip" && start < end && set.Contains(text[start], StringComparison.Ordinal))
        {
            start++;
        }

        while (name != "lstrip" && end > start && set.Contains(text[end - 1], StringComparison.Ordinal))
        {
            end--;
        }

        return text[start..end];
    }

    public static string Join(RenderState state, string separator, object? items)
    {
        var builder = new StringBuilder();
        var place = 0;
        foreach (var item in PythonIteration.Each(items))
        {
            var text = PythonText.AsText(item) ?? throw TemplateException.Type($"sequence item {place}: expected str instance, {PythonTypes.NameOf(item)} found");
            builder.Append(place++ == 0 ? "" : separator).Append(text);
            state.CheckText(builder.Length);
        }

        return builder.ToString();
    }

    public static string Replace(RenderState state, string text, string old, string replacement, long count)
    {
        if (replacement.Length > old.Length)
        {
            state.CheckText(text.Length + (StringSplitting.Count(text, old) * (long)(replacement.Length - old.Length)));
        }

        return StringSplitting.Replace(text, old, replacement, count);
    }

    public static string Pad(RenderState state, string text, string name, long width, string fill)
    {
        if (CodePoints.Count(fill) != 1)
        {
            throw TemplateException.Type("The fill character must be exactly one character long");
        }

        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return text;
        }

        state.CheckText(text.Length + (missing * fill.Length));

        // Python puts the odd one out on the left when both the gap and the width are odd.
        var left = name switch
        {
            "ljust" => 0,
            "rjust" => missing,
            _ => (missing / 2) + (missing & width & 1),
        };
        return Repeat(fill, left) + text + Repeat(fill, missing - left);
    }

    private static string Repeat(string fill, long count) => new StringBuilder().Insert(0, fill, (int)count).ToString();

    private static string StripWide(string text, string name, string set)
    {
        var wanted = CodePoints.Split(set);
        var pieces = CodePoints.Split(text);
        var (start, end) = (0, pieces.Length);
        while (name != "rstrip" && start < end && wanted.Contains(pieces[start]))
        {
            start++;
        }

        while (name != "lstrip" && end > start && wanted.Contains(pieces[end - 1]))
        {
            end--;
        }

        return string.Concat(pieces[start..end].Cast<string>());
    }

    private static ListValue Split(string text, string name, Arguments arguments, Func<string, long, List<string>> onWhitespace, Func<string, string, long, List<string>> onText)
    {
        var given = arguments.Bind(name, 0, "sep", "maxsplit");
        var limit = given[1] == Arguments.Missing ? -1 : Numbers.Index(given[1]);
        return StringSplitting.ToList(given[0] is null || given[0] == Arguments.Missing ? onWhitespace(text, limit) : onText(text, Text(name, given[0]), limit));
    }

    private static bool Affix(string text, string name, object?[] given)
    {
        var (window, _) = Window(text, given);
        if (given[0] is TupleValue choices)
        {
            return Array.Exists(choices.Items, choice => window is not null && Has(window, Text(name, choice)));
        }

        var affix = Text(name, given[0]);
        return window is not null && Has(window, affix);

        bool Has(string part, string end) => name == "startswith" ? part.StartsWith(end, StringComparison.Ordinal) : part.EndsWith(end, StringComparison.Ordinal);
    }

    /// <summary>The part of the text that optional start and end arguments select, and its first code point; null when the start lies behind the end.</summary>
    private static (string? Text, int First) Window(string text, object?[] given)
    {
        if (given.Length < 2)
        {
            return (text, 0);
        }

        var count = CodePoints.Count(text);
        var stop = given.Length > 2 ? given[2] : null;
        var start = given[1] is null ? 0 : Numbers.Index(given[1]);
        start = start < 0 ? Math.Max(0, start + count) : start;
        var last = stop is null ? count : Numbers.Index(stop);
        last = Math.Clamp(last < 0 ? last + count : last, 0, count);
        return start > last ? (null, 0) : (CodePoints.Slice(text, start, last, null), (int)start);
    }

    private static long Find(string text, string name, object?[] given)
    {
        var part = Text(name, given[0]);
        var (window, first) = Window(text, given);
        var at = window is null ? -1
            : name[0] == 'r' ? (part.Length == 0 ? window.Length : window.LastIndexOf(part, StringComparison.Ordinal))
            : window.IndexOf(part, StringComparison.Ordinal);
        if (at < 0)
        {
            return name is "index" or "rindex" ? throw TemplateException.Value("substring not found") : -1;
        }

        return first + CodePoints.Count(window.AsSpan(0, at));
    }

    private static TupleValue Partition(string text, string name, string separator)
    {
        if (separator.Length == 0)
        {
            throw TemplateException.Value("empty separator");
        }

        var first = name == "partition";
        var at = first ? text.IndexOf(separator, StringComparison.Ordinal) : text.LastIndexOf(separator, StringComparison.Ordinal);
        return at >= 0
            ? new TupleValue([text[..at], separator, text[(at + separator.Length)..]])
            : new TupleValue(first ? [text, "", ""] : ["", "", text]);
    }

    private static string ZeroFill(RenderState state, string text, long width)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return text;
        }

        state.CheckText(text.Length + missing);
        var sign = text.StartsWith('+') || text.StartsWith('-') ? 1 : 0;
        return text[..sign] + new string('0', (int)missing) + text[sign..];
    }

    private static string ExpandTabs(RenderState state, string text, long size)
    {
        var builder = new StringBuilder();
        var column = 0;
        foreach (var piece in CodePoints.Split(text).Cast<string>())
        {
            if (piece == "\t")
            {
                var blanks = size <= 0 ? 0 : (int)Math.Min(size - (column % size), int.MaxValue);
                state.CheckText(builder.Length + (long)blanks);
                builder.Append(' ', blanks);
                column += blanks;
            }
            else
            {
                builder.Append(piece);
                column = piece is "\n" or "\r" ? 0 : column + 1;
            }
        }

        return builder.ToString();
    }

    private static string Translate(RenderState state, string text, object? table)
    {
        if (table is not DictValue map)
        {
            throw TemplateException.Type("translate() needs a dict from code points to text");
        }

        var builder = new StringBuilder();
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            if (!map.TryGetAny((long)value, out var replacement))
            {
                builder.Append(text, at, width);
                continue;
            }

            builder.Append(replacement is null ? "" : Numbers.IsInteger(replacement) ? CodePoints.FromNumber((int)Numbers.Index(replacement)) : Text("translate", replacement));
            state.CheckText(builder.Length);
        }

        return builder.ToString();
    }

    private static bool Is(string text, string name)
    {
        var values = CodePoints.Each(text).Select(c => c.Value).ToArray();
        return name switch
        {
            "isalpha" => All(UnicodeText.IsAlpha),
            "isdigit" => All(UnicodeText.IsDigit),
            "isdecimal" => All(UnicodeText.IsDecimal),
            "isnumeric" => All(UnicodeText.IsNumeric),
            "isalnum" => All(c => UnicodeText.IsAlpha(c) || UnicodeText.IsDecimal(c) || UnicodeText.IsDigit(c) || UnicodeText.IsNumeric(c)),
            "isspace" => All(c => c < 0x10000 && Whitespace.Is((char)c)),
            "isascii" => Array.TrueForAll(values, c => c < 128),
            "isprintable" => Array.TrueForAll(values, UnicodeText.IsPrintable),
            "isidentifier" => UnicodeText.IsIdentifier(text),
            "isupper" => IsAllCase(values, upper: true),
            "islower" => IsAllCase(values, upper: false),
            _ => IsTitle(values),
        };

        bool All(Predicate<int> test) => values.Length > 0 && Array.TrueForAll(values, test);
    }

    private static bool IsAllCase(int[] values, bool upper) =>
        Array.TrueForAll(values, c => !UnicodeText.IsTitle(c) && (upper ? !UnicodeText.IsLower(c) : !UnicodeText.IsUpper(c)))
        && Array.Exists(values, c => upper ? UnicodeText.IsUpper(c) : UnicodeText.IsLower(c));

    private static bool IsTitle(int[] values)
    {
        var (any, afterCased) = (false, false);
        foreach (var c in values)
        {
            var capital = UnicodeText.IsUpper(c) || UnicodeText.IsTitle(c);
            if ((capital && afterCased) || (UnicodeText.IsLower(c) && !afterCased))
            {
                return false;
            }

            afterCased = UnicodeText.IsCased(c);
            any |= afterCased;
        }

        return any;
    }

    private static DictValue ToDict(KeyValuePair<string, object?>[] keywords)
    {
        var dict = new DictValue();
        foreach (var (name, value) in keywords)
        {
            dict.Set(name, value);
        }

        return dict;
    }

    private static string Text(string name, object? value) => PythonText.AsText(value) ?? throw TemplateException.Type($"{name}() argument must be str, not {PythonTypes.NameOf(value)}");

    private static int Least(string name) => name switch
    {
        "replace" => 2,
        "startswith" or "endswith" or "find" or "rfind" or "index" or "rindex" or "count" or "join" or "partition" or "rpartition" or "removeprefix" or "removesuffix"
            or "center" or "ljust" or "rjust" or "zfill" or "translate" => 1,
        _ => 0,
    };

    private static int Most(string name) => name switch
    {
        "startswith" or "endswith" or "find" or "rfind" or "index" or "rindex" or "count" or "replace" => 3,
        "center" or "ljust" or "rjust" => 2,
        "strip" or "lstrip" or "rstrip" or "join" or "partition" or "rpartition" or "removeprefix" or "removesuffix" or "zfill" or "translate" => 1,
        _ => 0,
    };
}
