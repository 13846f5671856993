using System.Collections.Frozen;
using System.Numerics;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>A test: what stands after <c>is</c>.</summary>
internal sealed class Test(string name, string[] parameters, Func<RenderState, object?, object?[], bool> holds)
{
    public string Name { get; } = name;

    public bool Holds(RenderState state, object? value, Arguments arguments) =>
        holds(state, value, arguments.Positional.Length == parameters.Length && arguments.Keywords.Length == 0 ? arguments.Positional : arguments.Bind(Name, parameters.Length, parameters));
}

/// <summary>Jinja's tests.</summary>
internal static class Tests
{
    public static readonly FrozenDictionary<string, Test> All = new Test[]
    {
        new("odd", [], (state, value, _) => PythonComparison.AreEqual(PythonOperators.Modulo(state, value, 2L), 1L)),
        new("even", [], (state, value, _) => PythonComparison.AreEqual(PythonOperators.Modulo(state, value, 2L), 0L)),
        new("divisibleby", ["num"], (state, value, given) => PythonComparison.AreEqual(PythonOperators.Modulo(state, value, given[0]), 0L)),
        Of("defined", value => value is not UndefinedValue),
        Of("undefined", value => value is UndefinedValue),
        Of("filter", value => value is string name && Filters.All.ContainsKey(name)),
        Of("test", value => value is string name && All!.ContainsKey(name)),
        Of("none", value => value is null),
        Of("boolean", value => value is bool),
        Of("false", value => value is false),
        Of("true", value => value is true),
        Of("integer", value => value is long or BigInteger),
        Of("float", value => value is double),
        new("lower", [], (state, value, _) => (bool)StringMethods.Call(state, PythonText.Str(value), "islower", Arguments.None)!),
        new("upper", [], (state, value, _) => (bool)StringMethods.Call(state, PythonText.Str(value), "isupper", Arguments.None)!),
        Of("string", value => value is string or Markup),
        Of("mapping", value => value is DictValue),
        Of("number", Numbers.IsNumber),
        Of("sequence", value => value is string or Markup or SequenceValue or DictValue or RangeValue or UndefinedValue),
        Of("iterable", PythonIteration.IsIterable),
        Of("callable", value => value is CallableValue or UndefinedValue),
        Of("escaped", value => value is Markup),
        new("sameas", ["other"], (_, value, given) => IsSame(value, given[0])),
        new("in", ["seq"], (_, value, given) => PythonComparison.Contains(given[0], value)),
        Compare("==", "==", "eq", "equalto"),
        Compare("!=", "!=", "ne"),
        Compare(">", ">", "gt", "greaterthan"),
        Compare(">=", ">=", "ge"),
        Compare("<", "<", "lt", "lessthan"),
        Compare("<=", "<=", "le"),
    }.SelectMany(test => Names(test).Select(name => (name, test))).ToFrozenDictionary(pair => pair.name, pair => pair.test);

    private static Test Of(string name, Func<object?, bool> holds) => new(name, [], (_, value, _) => holds(value));

    private static Test Compare(string sign, params string[] names) => new(string.Join(' ', names), ["other"], (_, value, given) => CompareExpression.Holds(value, sign, given[0]));

    private static string[] Names(Test test) => test.Name.Split(' ');

    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (long a, long b) => a == b && a is >= -5 and <= 256,
        (string a, string b) => ReferenceEquals(a, b) || (a == b && a.Length <= 1),
        _ => ReferenceEquals(left, right),
    };
}
