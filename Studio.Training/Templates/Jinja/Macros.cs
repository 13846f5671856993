using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>A macro as it is written; <paramref name="Name"/> is null for the body of a call block.</summary>
internal sealed record MacroBody(string? Name, string[] Parameters, Expression?[] Defaults, Statement[] Body, bool UsesCaller, bool UsesKeywords, bool UsesRest)
{
    public UndefinedValue[] Missing { get; } = Array.ConvertAll(Parameters, name => UndefinedValue.Because($"parameter '{name}' was not provided"));
}

/// <summary>A macro together with the scope it was defined in.</summary>
internal sealed class MacroValue(MacroBody macro, Scope definition) : CallableValue
{
    private static readonly UndefinedValue noCaller = UndefinedValue.Because("No caller defined");

    public string? MacroName => macro.Name;

    public override string Name => macro.Name ?? "caller";

    public bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "name" => macro.Name,
            "arguments" => new TupleValue([.. macro.Parameters]),
            "catch_kwargs" => macro.UsesKeywords,
            "catch_varargs" => macro.UsesRest,
            "caller" => macro.UsesCaller,
            "explicit_caller" => macro.Parameters.Contains("caller"),
            _ => Arguments.Missing,
        };
        return value != Arguments.Missing;
    }

    public override object? Call(RenderState state, Arguments arguments)
    {
        var scope = new Scope(definition);
        Bind(scope, arguments);
        state.Enter();
        var line = state.Line;
        try
        {
            state.Capture(() => Statement.ExecuteAll(macro.Body, scope), out var text);
            state.Line = line;
            return state.Autoescape ? new Markup(text) : text;
        }
        finally
        {
            state.Leave();
        }
    }

    private void Bind(Scope scope, Arguments arguments)
    {
        var positional = arguments.Positional;
        var keywords = arguments.Keywords.Length == 0 ? null : new List<KeyValuePair<string, object?>>(arguments.Keywords);
        var foundCaller = positional.Length >= macro.Parameters.Length && macro.Parameters.Contains("caller");
        for (var i = 0; i < macro.Parameters.Length; i++)
        {
            var name = macro.Parameters[i];
            var value = Arguments.Missing;
            if (i < positional.Length)
            {
                value = positional[i];
            }
            else
            {
                foundCaller |= name == "caller";
                value = keywords is null ? value : Take(keywords, name);
            }

            // Defaults may use the parameters before them.
            scope.Set(name, value != Arguments.Missing ? value : macro.Defaults[i] is { } usual ? usual.Evaluate(scope) : macro.Missing[i]);
        }

        if (macro.UsesCaller && !foundCaller)
        {
            var caller = keywords is null ? Arguments.Missing : Take(keywords, "caller");
            scope.Set("caller", caller == Arguments.Missing || caller is null ? noCaller : caller);
        }

        if (macro.UsesKeywords)
        {
            var dict = new DictValue();
            keywords?.ForEach(each => dict.Set(each.Key, each.Value));
            scope.Set("kwargs", dict);
        }
        else if (keywords is { Count: > 0 })
        {
            throw TemplateException.Type(keywords.Exists(each => each.Key == "caller")
                ? $"macro {PythonText.Repr(macro.Name)} was invoked with two values for the special caller argument. This is most likely a bug."
                : $"macro {PythonText.Repr(macro.Name)} takes no keyword argument {PythonText.Repr(keywords[0].Key)}");
        }

        if (macro.UsesRest)
        {
            scope.Set("varargs", new TupleValue(positional.Length > macro.Parameters.Length ? positional[macro.Parameters.Length..] : []));
        }
        else if (positional.Length > macro.Parameters.Length)
        {
            throw TemplateException.Type($"macro {PythonText.Repr(macro.Name)} takes not more than {macro.Parameters.Length} argument(s)");
        }
    }

    private static object? Take(List<KeyValuePair<string, object?>> keywords, string name)
    {
        var place = keywords.FindIndex(each => each.Key == name);
        if (place < 0)
        {
            return Arguments.Missing;
        }

        var value = keywords[place].Value;
        keywords.RemoveAt(place);
        return value;
    }
}
