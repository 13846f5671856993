using System.Collections.Frozen;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>The functions every chat template may call.</summary>
internal static class Globals
{
    public static readonly FrozenDictionary<string, object?> All = new CallableValue[]
    {
        new FunctionValue("raise_exception", (_, arguments) => throw TemplateException.Raised(PythonText.Str(arguments.Bind("raise_exception", 1, "message")[0]))),
        new FunctionValue("strftime_now", (state, arguments) =>
        {
            var format = PythonText.AsText(arguments.Bind("strftime_now", 1, "format")[0]) ?? throw TemplateException.Type("strftime() argument 1 must be str");
            return StrfTime.Format(state, format);
        }),
        new FunctionValue("range", (_, arguments) => Range(arguments)),
        new FunctionValue("namespace", (_, arguments) => Namespace(arguments)),
        new FunctionValue("cycler", (_, arguments) => Cycler(arguments)),
        new FunctionValue("joiner", (_, arguments) => new JoinerValue(arguments.Bind("joiner", 0, "sep") is [var separator] && Filters.Given(separator) ? separator : ", ")),
        new FunctionValue("lipsum", Lipsum),
        DictClass.Instance,
    }.ToFrozenDictionary(function => function.Name, function => (object?)function);

    private static RangeValue Range(Arguments arguments)
    {
        var given = Array.ConvertAll(arguments.PositionalOnly("range", 1, 3), value => value is UndefinedValue undefined ? throw undefined.Failure() : Numbers.Index(value));
        return given.Length == 1 ? new RangeValue(0, given[0], 1) : new RangeValue(given[0], given[1], given.Length > 2 ? given[2] : 1);
    }

    private static NamespaceValue Namespace(Arguments arguments)
    {
        var attributes = (DictValue)DictClass.Instance.Call(null!, arguments)!;
        for (var i = 0; i < attributes.Count; i++)
        {
            if (attributes.KeyAt(i) is string name)
            {
                NamespaceValue.CheckName(name);
            }
        }

        return new NamespaceValue(attributes);
    }

    private static CyclerValue Cycler(Arguments arguments)
    {
        var items = arguments.PositionalOnly("cycler", 0, int.MaxValue);
        return items.Length > 0 ? new CyclerValue(items) : throw new TemplateException("at least one item has to be provided") { Kind = "RuntimeError" };
    }

    // Filler text: always the same, since a template has to give the same text every time.
    private static object Lipsum(RenderState state, Arguments arguments)
    {
        var given = arguments.Bind("lipsum", 0, "n", "html", "min", "max");
        var paragraphs = Filters.Integer(given[0], 5);
        var html = Filters.Flag(given[1], true);
        var words = Math.Max(1, (Filters.Integer(given[2], 20) + Filters.Integer(given[3], 100)) / 2);
        state.CheckText(paragraphs * words * 8);
        string[] vocabulary = ["lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "integer", "nec", "odio", "praesent"];
        var text = UnicodeText.Capitalize(string.Join(' ', Enumerable.Range(0, (int)words).Select(i => vocabulary[i % vocabulary.Length]))) + ".";
        var lines = Enumerable.Repeat(html ? $"<p>{text}</p>" : text, (int)Math.Max(0, paragraphs));
        return html ? new Markup(string.Join('\n', lines)) : string.Join("\n\n", lines);
    }
}
