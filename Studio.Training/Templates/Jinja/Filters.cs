using System.Collections.Frozen;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>A filter: what stands after a pipe. Its arguments arrive in the order of its parameters, or as they were written when it takes any.</summary>
internal sealed class Filter
{
    private readonly Func<RenderState, object?, Arguments, object?> apply;

    private Filter(string name, Func<RenderState, object?, Arguments, object?> apply) => (Name, this.apply) = (name, apply);

    public string Name { get; }

    /// <summary>A filter with named parameters, the first <paramref name="required"/> of which must be given.</summary>
    public static Filter With(string name, string[] parameters, int required, Func<RenderState, object?, object?[], object?> apply) =>
        new(name, (state, value, arguments) => apply(state, value, arguments.Bind(name, required, parameters)));

    public static Filter Simple(string name, Func<RenderState, object?, object?> apply) =>
        new(name, (state, value, arguments) =>
        {
            _ = arguments.Bind(name, 0);
            return apply(state, value);
        });

    /// <summary>A filter that takes whatever arguments it is given.</summary>
    public static Filter Open(string name, Func<RenderState, object?, Arguments, object?> apply) => new(name, apply);

    public object? Apply(RenderState state, object? value, Arguments arguments) => apply(state, value, arguments);
}

/// <summary>All filters of the environment: Jinja's, with <c>tojson</c> as chat templates expect it.</summary>
internal static class Filters
{
    public static readonly FrozenDictionary<string, Filter> All = new[] { TextFilters.All, NumberFilters.All, SequenceFilters.All, MarkupFilters.All }
        .SelectMany(group => group)
        .SelectMany(filter => filter.Name.Split(' ').Select(name => (name, filter)))
        .ToFrozenDictionary(pair => pair.name, pair => pair.filter);

    public static bool Given(object? argument) => argument != Arguments.Missing;

    public static bool Flag(object? argument, bool usual = false) => Given(argument) ? PythonComparison.IsTrue(argument) : usual;

    public static long Integer(object? argument, long usual) => Given(argument) ? Numbers.Index(argument) : usual;

    public static object? OrNone(object? argument) => Given(argument) ? argument : null;

    /// <summary>What a filter on text makes of any value: markup and text stay as they are.</summary>
    public static object Soft(object? value) => value is Markup ? value : PythonText.Str(value);

    /// <summary>A method of <c>str</c> on the soft text of a value.</summary>
    public static object? Method(RenderState state, object? value, string name, params object?[] arguments) =>
        PythonMethods.Call(state, Soft(value), name, new Arguments(arguments, []));
}
