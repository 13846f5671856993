using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>Evaluated arguments of a call.</summary>
internal sealed class Arguments(object?[] positional, KeyValuePair<string, object?>[] keywords)
{
    /// <summary>Stands for an argument that was not given.</summary>
    public static readonly object Missing = new();

    public static readonly Arguments None = new([], []);

    public object?[] Positional { get; } = positional;

    public KeyValuePair<string, object?>[] Keywords { get; } = keywords;

    /// <summary>Puts the arguments in the order of <paramref name="names"/>; those not given are <see cref="Missing"/>.</summary>
    public object?[] Bind(string function, int required, params ReadOnlySpan<string> names)
    {
        if (Positional.Length > names.Length)
        {
            throw TemplateException.Type($"{function}() takes at most {names.Length} argument(s) ({Positional.Length} given)");
        }

        var bound = new object?[names.Length];
        Array.Fill(bound, Missing);
        Positional.CopyTo(bound, 0);
        foreach (var (name, value) in Keywords)
        {
            var place = names.IndexOf(name);
            if (place < 0)
            {
                throw TemplateException.Type($"{function}() got an unexpected keyword argument '{name}'");
            }

            if (bound[place] != Missing)
            {
                throw TemplateException.Type($"{function}() got multiple values for argument '{name}'");
            }

            bound[place] = value;
        }

        for (var i = 0; i < required; i++)
        {
            if (bound[i] == Missing)
            {
                throw TemplateException.Type($"{function}() missing required argument: '{names[i]}'");
            }
        }

        return bound;
    }

    /// <summary>Arguments of a function that takes none by name.</summary>
    public object?[] PositionalOnly(string function, int least, int most)
    {
        if (Keywords.Length > 0)
        {
            throw TemplateException.Type($"{function}() takes no keyword arguments");
        }

        return Positional.Length < least || Positional.Length > most
            ? throw TemplateException.Type($"{function}() takes {(least == most ? $"{least}" : $"from {least} to {most}")} argument(s) ({Positional.Length} given)")
            : Positional;
    }
}

/// <summary>Something a template can call.</summary>
internal abstract class CallableValue
{
    public abstract string Name { get; }

    public abstract object? Call(RenderState state, Arguments arguments);
}

/// <summary>A function of the environment.</summary>
internal sealed class FunctionValue(string name, Func<RenderState, Arguments, object?> body) : CallableValue
{
    public override string Name { get; } = name;

    public override object? Call(RenderState state, Arguments arguments) => body(state, arguments);
}

/// <summary>A method together with the value it belongs to, such as <c>text.strip</c>.</summary>
internal sealed class MethodValue(object? owner, string name) : CallableValue
{
    public object? Owner { get; } = owner;

    public override string Name { get; } = name;

    public override object? Call(RenderState state, Arguments arguments) => PythonMethods.Call(state, Owner, Name, arguments);
}

/// <summary>The class <c>dict</c>.</summary>
internal sealed class DictClass : CallableValue
{
    public static readonly DictClass Instance = new();

    public override string Name => "dict";

    public override object? Call(RenderState state, Arguments arguments)
    {
        var positional = arguments.Positional;
        if (positional.Length > 1)
        {
            throw TemplateException.Type($"dict expected at most 1 argument, got {positional.Length}");
        }

        var dict = positional.Length == 0 ? new DictValue() : From(positional[0]);
        foreach (var (name, value) in arguments.Keywords)
        {
            dict.Set(name, value);
        }

        return dict;
    }

    /// <summary>A new dict from a mapping or from pairs.</summary>
    public static DictValue From(object? source)
    {
        if (source is DictValue other)
        {
            return other.Copy();
        }

        var dict = new DictValue();
        foreach (var item in PythonIteration.ToArray(source))
        {
            var pair = PythonIteration.ToArray(item);
            if (pair.Length != 2)
            {
                throw TemplateException.Value($"dictionary update sequence element #{dict.Count} has length {pair.Length}; 2 is required");
            }

            dict.Set(PythonComparison.CheckHashable(pair[0]), pair[1]);
        }

        return dict;
    }
}

/// <summary><c>cycler(...)</c>: gives its items in turn.</summary>
internal sealed class CyclerValue(object?[] items)
{
    private int place;

    public object? Current => items[place];

    public object? Next()
    {
        var item = items[place];
        place = (place + 1) % items.Length;
        return item;
    }

    public void Reset() => place = 0;
}

/// <summary><c>joiner(...)</c>: nothing on the first call, the separator afterwards.</summary>
internal sealed class JoinerValue(object? separator) : CallableValue
{
    private bool used;

    public override string Name => "joiner";

    public override object? Call(RenderState state, Arguments arguments)
    {
        _ = arguments.PositionalOnly(Name, 0, 0);
        var result = used ? separator : "";
        used = true;
        return result;
    }
}
