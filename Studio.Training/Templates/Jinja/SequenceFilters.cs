using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Filters on lists, dicts and other iterables.</summary>
internal static class SequenceFilters
{
    public static readonly Filter[] All =
    [
        Filter.Simple("length count", (_, value) => (long)PythonIteration.Length(value)),
        Filter.With("default d", ["default_value", "boolean"], 0, (_, value, given) =>
            value is UndefinedValue || (Filters.Flag(given[1]) && !PythonComparison.IsTrue(value)) ? Filters.Given(given[0]) ? given[0] : "" : value),
        Filter.Simple("first", (_, value) => PythonIteration.Each(value).Take(1).ToArray() is [var first] ? first : UndefinedValue.Because("No first item, sequence was empty.")),
        Filter.Simple("last", (_, value) => Reversible(value) is { Length: > 0 } items ? items[^1] : UndefinedValue.Because("No last item, sequence was empty.")),
        Filter.Simple("random", (_, value) => Random(value)),
        Filter.Simple("list", (state, value) => new ListValue(value is ListValue list ? [.. list.Items] : PythonIteration.ToArray(value))),
        Filter.Simple("reverse", (_, value) => Reverse(value)),
        Filter.Simple("items", (_, value) => Items(value)),
        Filter.With("join", ["d", "attribute"], 0, Join),
        Filter.With("attr", ["name"], 1, Attribute),
        Filter.With("sum", ["attribute", "start"], 0, Sum),
        Filter.With("min", ["case_sensitive", "attribute"], 0, (state, value, given) => Extreme(state, value, given, max: false)),
        Filter.With("max", ["case_sensitive", "attribute"], 0, (state, value, given) => Extreme(state, value, given, max: true)),
        Filter.With("sort", ["reverse", "case_sensitive", "attribute"], 0, Sort),
        Filter.With("dictsort", ["case_sensitive", "by", "reverse"], 0, DictSort),
        Filter.With("unique", ["case_sensitive", "attribute"], 0, Unique),
        Filter.With("groupby", ["attribute", "default", "case_sensitive"], 1, GroupBy),
        Filter.With("batch", ["linecount", "fill_with"], 1, Batch),
        Filter.With("slice", ["slices", "fill_with"], 1, Slice),
        Filter.Open("map", Map),
        Filter.Open("select", (state, value, arguments) => Choose("select", state, value, arguments, wanted: true, byAttribute: false)),
        Filter.Open("reject", (state, value, arguments) => Choose("reject", state, value, arguments, wanted: false, byAttribute: false)),
        Filter.Open("selectattr", (state, value, arguments) => Choose("selectattr", state, value, arguments, wanted: true, byAttribute: true)),
        Filter.Open("rejectattr", (state, value, arguments) => Choose("rejectattr", state, value, arguments, wanted: false, byAttribute: true)),
    ];

    private static object?[] Reversible(object? value) => value is IteratorValue
        ? throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object is not reversible")
        : PythonIteration.ToArray(value);

    // A template has to give the same text every time, so "random" always picks the same place.
    private static object? Random(object? value)
    {
        var items = value is DictValue or IteratorValue ? throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object has no items by number") : PythonIteration.ToArray(value);
        return items.Length == 0 ? UndefinedValue.Because("No random item, sequence was empty.") : items[new Random(items.Length).Next(items.Length)];
    }

    private static object Reverse(object? value)
    {
        switch (value)
        {
            case string text:
                return CodePoints.Slice(text, null, null, -1L);
            case Markup markup:
                return new Markup(CodePoints.Slice(markup.Text, null, null, -1L));
            case IteratorValue:
                object?[] rest = [.. PythonIteration.ToArray(value)];
                Array.Reverse(rest);
                return new ListValue(rest);
        }

        if (!PythonIteration.IsIterable(value))
        {
            throw TemplateException.Argument("argument must be iterable");
        }

        object?[] items = [.. PythonIteration.ToArray(value)];
        Array.Reverse(items);
        return new IteratorValue(value is ListValue ? "list_reverseiterator" : "reversed", items);
    }

    private static IteratorValue Items(object? value) => new("generator", value switch
    {
        UndefinedValue => [],
        DictValue dict => new DictView(dict, DictViewKind.Items).ToArray(),
        _ => Failing("Can only get item pairs from a mapping."),
    });

    private static IEnumerable<object?> Failing(string message)
    {
        // As in Python, a generator fails when its first item is asked for.
        foreach (var _ in new[] { 0 })
        {
            throw TemplateException.Type(message);
        }

        yield break;
    }

    private static object Join(RenderState state, object? value, object?[] given)
    {
        var separator = Filters.Given(given[0]) ? given[0] : "";
        var key = Filters.OrNone(given[1]) is { } attribute ? Getter(state, attribute) : item => item;
        var items = PythonIteration.Each(value).Select(key).ToArray();
        state.CheckItems(items.Length);
        if (state.Autoescape && (separator is Markup || Array.Exists(items, item => item is Markup)))
        {
            var pieces = Array.ConvertAll(items, item => (object?)Html.Escape(item).Text);
            return new Markup(StringMethods.Join(state, Html.Escape(separator).Text, new ListValue(pieces)));
        }

        return StringMethods.Join(state, PythonText.Str(separator), new ListValue(Array.ConvertAll(items, item => (object?)PythonText.Str(item))));
    }

    private static object? Attribute(RenderState state, object? value, object?[] given)
    {
        var name = PythonText.AsText(given[0]) ?? throw TemplateException.Type("attribute name must be string");
        if (value is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        return PythonMethods.TryGetAttribute(value, name, out _) ? Access.Attribute(state, value, name) : UndefinedValue.Member(value, name);
    }

    private static object? Sum(RenderState state, object? value, object?[] given)
    {
        var key = Filters.OrNone(given[0]) is { } attribute ? Getter(state, attribute) : item => item;
        var total = Filters.Given(given[1]) ? given[1] : 0L;
        if (total is string or Markup)
        {
            throw TemplateException.Type("sum() can't sum strings [use ''.join(seq) instead]");
        }

        foreach (var item in PythonIteration.Each(value))
        {
            state.Charge();
            total = PythonOperators.Add(state, total, key(item));
        }

        return total;
    }

    private static object? Extreme(RenderState state, object? value, object?[] given, bool max)
    {
        var key = Getter(state, Filters.OrNone(given[1]), Fold(given[0]));
        var items = PythonIteration.ToArray(value);
        if (items.Length == 0)
        {
            return UndefinedValue.Because("No aggregated item, sequence was empty.");
        }

        var (best, bestKey) = (items[0], key(items[0]));
        foreach (var item in items.Skip(1))
        {
            state.Charge();
            var next = key(item);
            if (max ? PythonComparison.Less(bestKey, next) : PythonComparison.Less(next, bestKey))
            {
                (best, bestKey) = (item, next);
            }
        }

        return best;
    }

    private static ListValue Sort(RenderState state, object? value, object?[] given)
    {
        Func<object?, object?> key;
        var fold = Fold(given[1]);
        if (PythonText.AsText(Filters.OrNone(given[2])) is { } several && several.Contains(',', StringComparison.Ordinal))
        {
            var keys = several.Split(',').Select(each => Getter(state, each, fold)).ToArray();
            key = item => new ListValue(Array.ConvertAll(keys, each => each(item)));
        }
        else
        {
            key = Getter(state, Filters.OrNone(given[2]), fold);
        }

        var items = PythonIteration.ToArray(value);
        state.CheckItems(items.Length * 16L);
        return new ListValue(Sorting.Sort(items, key, Filters.Flag(given[0])));
    }

    private static ListValue DictSort(RenderState state, object? value, object?[] given)
    {
        var by = Filters.Given(given[1]) ? given[1] as string : "key";
        if (by is not ("key" or "value"))
        {
            throw TemplateException.Argument("You can only sort by either \"key\" or \"value\"");
        }

        if (value is not DictValue dict)
        {
            throw value is UndefinedValue undefined ? undefined.Failure() : TemplateException.Attribute($"'{PythonTypes.NameOf(value)}' object has no attribute 'items'");
        }

        var fold = Fold(given[0]);
        state.CheckItems(dict.Count * 16L);
        return new ListValue(Sorting.Sort(new DictView(dict, DictViewKind.Items).ToArray(), item => fold(((TupleValue)item!).Items[by == "key" ? 0 : 1]), Filters.Flag(given[2])));
    }

    private static IteratorValue Unique(RenderState state, object? value, object?[] given)
    {
        var key = Getter(state, Filters.OrNone(given[1]), Fold(given[0]));
        return new IteratorValue("generator", Each());

        IEnumerable<object?> Each()
        {
            var seen = new DictValue();
            foreach (var item in PythonIteration.Each(value))
            {
                state.Charge();
                var each = PythonComparison.CheckHashable(key(item));
                if (!seen.TryGetAny(each, out _))
                {
                    seen.Set(each, null);
                    yield return item;
                }
            }
        }
    }

    private static ListValue GroupBy(RenderState state, object? value, object?[] given)
    {
        var usual = Filters.OrNone(given[1]);
        var key = Getter(state, given[0], Fold(given[2]), usual);
        var shown = Filters.Flag(given[2]) ? key : Getter(state, given[0], null, usual);
        var items = PythonIteration.ToArray(value);
        state.CheckItems(items.Length * 16L);
        var groups = new List<object?>();
        var members = new List<object?>();
        object? current = null;
        foreach (var item in Sorting.Sort(items, key))
        {
            var next = key(item);
            if (members.Count > 0 && !PythonComparison.AreEqual(current, next))
            {
                groups.Add(new GroupValue(shown(members[0]), new ListValue([.. members])));
                members.Clear();
            }

            current = next;
            members.Add(item);
        }

        if (members.Count > 0)
        {
            groups.Add(new GroupValue(shown(members[0]), new ListValue([.. members])));
        }

        return new ListValue([.. groups]);
    }

    private static IteratorValue Batch(RenderState state, object? value, object?[] given)
    {
        var size = Numbers.Index(given[0]);
        var fill = Filters.OrNone(given[1]);
        state.CheckItems(fill is null ? 0 : size);
        return new IteratorValue("generator", Each());

        IEnumerable<object?> Each()
        {
            var row = new List<object?>();
            foreach (var item in PythonIteration.Each(value))
            {
                state.Charge();
                if (row.Count == size)
                {
                    yield return new ListValue([.. row]);
                    row.Clear();
                }

                row.Add(item);
            }

            if (row.Count > 0)
            {
                while (fill is not null && row.Count < size)
                {
                    row.Add(fill);
                }

                yield return new ListValue([.. row]);
            }
        }
    }

    private static IteratorValue Slice(RenderState state, object? value, object?[] given)
    {
        var slices = Numbers.Index(given[0]);
        var fill = Filters.OrNone(given[1]);
        var items = PythonIteration.ToArray(value);
        if (slices == 0)
        {
            throw TemplateException.ZeroDivision("integer division or modulo by zero");
        }

        state.CheckItems(slices);
        return new IteratorValue("generator", Each());

        IEnumerable<object?> Each()
        {
            var (each, extra) = (items.Length / slices, items.Length % slices);
            var start = 0L;
            for (var i = 0L; i < slices; i++)
            {
                var end = start + each + (i < extra ? 1 : 0);
                object?[] part = items[(int)start..(int)end];
                yield return new ListValue(fill is not null && i >= extra ? [.. part, fill] : part);
                start = end;
            }
        }
    }

    private static IteratorValue Map(RenderState state, object? value, Arguments arguments)
    {
        Func<object?, object?>? function = null;
        return new IteratorValue("generator", PythonComparison.IsTrue(value)
            ? PythonIteration.Each(value).Select(item =>
            {
                state.Charge();
                return (function ??= MapFunction(state, arguments))(item);
            })
            : []);
    }

    private static Func<object?, object?> MapFunction(RenderState state, Arguments arguments)
    {
        if (arguments.Positional.Length == 0 && Array.Exists(arguments.Keywords, each => each.Key == "attribute"))
        {
            var given = arguments.Bind("map", 0, "attribute", "default");
            return Getter(state, given[0], null, Filters.OrNone(given[1]));
        }

        if (arguments.Positional.Length == 0)
        {
            throw TemplateException.Argument("map requires a filter argument");
        }

        var filter = arguments.Positional[0] is string name && Filters.All.TryGetValue(name, out var found)
            ? found
            : throw TemplateException.Runtime($"No filter named {PythonText.Repr(arguments.Positional[0])}.");
        var rest = new Arguments(arguments.Positional[1..], arguments.Keywords);
        return item => filter.Apply(state, item, rest);
    }

    private static IteratorValue Choose(string name, RenderState state, object? value, Arguments arguments, bool wanted, bool byAttribute)
    {
        Func<object?, bool>? passes = null;
        return new IteratorValue("generator", PythonComparison.IsTrue(value)
            ? PythonIteration.Each(value).Where(item =>
            {
                state.Charge();
                return (passes ??= Condition(name, state, arguments, byAttribute))(item) == wanted;
            })
            : []);
    }

    private static Func<object?, bool> Condition(string name, RenderState state, Arguments arguments, bool byAttribute)
    {
        var positional = arguments.Positional;
        if (byAttribute && positional.Length == 0)
        {
            throw TemplateException.Argument("Missing parameter for attribute name");
        }

        var key = byAttribute ? Getter(state, positional[0]) : item => item;
        var offset = byAttribute ? 1 : 0;
        if (positional.Length <= offset)
        {
            return item => PythonComparison.IsTrue(key(item));
        }

        var test = positional[offset] is string wanted && Tests.All.TryGetValue(wanted, out var found)
            ? found
            : throw TemplateException.Runtime($"No test named {PythonText.Repr(positional[offset])}.");
        var rest = new Arguments(positional[(offset + 1)..], arguments.Keywords);
        return item => test.Holds(state, key(item), rest);
    }

    private static Func<object?, object?> Fold(object? caseSensitive) => Filters.Flag(caseSensitive)
        ? item => item
        : item => item is string text ? UnicodeText.Lower(text) : item is Markup markup ? UnicodeText.Lower(markup.Text) : item;

    /// <summary>A function that follows a dotted path (or a number) into an item.</summary>
    private static Func<object?, object?> Getter(RenderState state, object? attribute, Func<object?, object?>? then = null, object? usual = null)
    {
        object?[] path = attribute is null ? []
            : PythonText.AsText(attribute) is { } text ? [.. text.Split('.').Select(part => part.Length > 0 && part.All(char.IsAsciiDigit) && long.TryParse(part, out var index) ? (object)index : part)]
            : [attribute];
        return item =>
        {
            foreach (var part in path)
            {
                item = Access.Item(state, item, part);
                item = usual is not null && item is UndefinedValue ? usual : item;
            }

            return then is null ? item : then(item);
        };
    }
}
