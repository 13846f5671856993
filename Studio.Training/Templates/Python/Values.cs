using System.Numerics;

namespace Studio.Training.Templates.Python;

/// <summary>
/// The values templates work on. None is null, bool, long (BigInteger beyond 64 bits), double and string are themselves;
/// everything else is one of the types of this folder, so that no CLR object is ever reachable from a template.
/// </summary>
internal abstract class SequenceValue(object?[] items)
{
    public object?[] Items { get; } = items;

    public int Count => Items.Length;
}

/// <summary>A list; templates cannot change it, so it never grows after it was built.</summary>
internal sealed class ListValue(object?[] items) : SequenceValue(items);

/// <summary>A tuple.</summary>
internal class TupleValue(object?[] items) : SequenceValue(items)
{
    public static readonly TupleValue Empty = new([]);
}

/// <summary>An item of <c>groupby</c>: a pair whose members also have the names <c>grouper</c> and <c>list</c>.</summary>
internal sealed class GroupValue(object? grouper, ListValue list) : TupleValue([grouper, list]);

/// <summary>Text that is marked as safe HTML; adding plain text to it escapes that text.</summary>
internal sealed class Markup(string text)
{
    public string Text { get; } = text;
}

/// <summary>A missing variable, attribute or key: prints nothing, is false and empty, and fails on any other use.</summary>
internal sealed class UndefinedValue
{
    private readonly string? hint;
    private readonly object? owner;
    private readonly object? name;
    private readonly bool hasOwner;
    private readonly bool isUnsafe;

    private UndefinedValue(string? hint, object? owner, object? name, bool hasOwner, bool isUnsafe) =>
        (this.hint, this.owner, this.name, this.hasOwner, this.isUnsafe) = (hint, owner, name, hasOwner, isUnsafe);

    public static UndefinedValue Variable(string name) => new(null, null, name, false, false);

    public static UndefinedValue Member(object? owner, object? name) => new(null, owner, name, true, false);

    public static UndefinedValue Because(string hint) => new(hint, null, null, false, false);

    /// <summary>An attribute the sandbox does not give away.</summary>
    public static UndefinedValue Unsafe(object? owner, string name) => new(null, owner, name, true, true);

    public TemplateException Failure()
    {
        if (isUnsafe)
        {
            return TemplateException.Security($"access to attribute {PythonText.Repr(name)} of '{PythonTypes.NameOf(owner)}' object is unsafe.");
        }

        if (hint is not null)
        {
            return TemplateException.Undefined(hint);
        }

        if (!hasOwner)
        {
            return TemplateException.Undefined($"{PythonText.Repr(name)} is undefined");
        }

        var described = owner is null ? "None" : PythonTypes.NameOf(owner) + " object";
        return TemplateException.Undefined(name is string
            ? $"'{described}' has no attribute {PythonText.Repr(name)}"
            : $"{described} has no element {PythonText.Repr(name)}");
    }
}

/// <summary><c>range(...)</c>; the sandbox keeps it short.</summary>
internal sealed class RangeValue(long start, long stop, long step)
{
    public const int MaxLength = 100_000;

    public long Start { get; } = start;

    public long Stop { get; } = stop;

    public long Step { get; } = step;

    public int Count { get; } = CountOf(start, stop, step);

    public object this[int index] => Start + (index * Step);

    public object?[] ToArray()
    {
        var items = new object?[Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = this[i];
        }

        return items;
    }

    private static int CountOf(long start, long stop, long step)
    {
        if (step == 0)
        {
            throw TemplateException.Value("range() arg 3 must not be zero");
        }

        var span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        var count = span <= 0 ? 0 : (span + Int128.Abs(step) - 1) / Int128.Abs(step);
        return count > MaxLength
            ? throw TemplateException.Overflow($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxLength}).")
            : (int)count;
    }
}

/// <summary>An iterator that can be walked once, such as the result of <c>map</c> or <c>select</c>.</summary>
internal sealed class IteratorValue(string typeName, IEnumerable<object?> source)
{
    private readonly IEnumerator<object?> enumerator = source.GetEnumerator();

    public string TypeName { get; } = typeName;

    public bool TryNext(out object? item)
    {
        if (enumerator.MoveNext())
        {
            item = enumerator.Current;
            return true;
        }

        item = null;
        return false;
    }
}

/// <summary><c>keys()</c>, <c>values()</c> or <c>items()</c> of a dict.</summary>
internal sealed class DictView(DictValue dict, DictViewKind kind)
{
    public DictValue Dict { get; } = dict;

    public DictViewKind Kind { get; } = kind;

    public object?[] ToArray()
    {
        var items = new object?[Dict.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Kind switch
            {
                DictViewKind.Keys => Dict.KeyAt(i),
                DictViewKind.Values => Dict.ValueAt(i),
                _ => new TupleValue([Dict.KeyAt(i), Dict.ValueAt(i)]),
            };
        }

        return items;
    }
}

internal enum DictViewKind
{
    Keys,
    Values,
    Items,
}

/// <summary><c>namespace(...)</c>: the only object whose attributes a template may set.</summary>
internal sealed class NamespaceValue(DictValue attributes)
{
    public DictValue Attributes { get; } = attributes;

    public void Set(string name, object? value)
    {
        CheckName(name);
        Attributes.Set(name, value);
    }

    public static void CheckName(string name)
    {
        if (name.StartsWith('_'))
        {
            throw TemplateException.Security($"Chat templates cannot store underscore-prefixed attributes on a namespace, but got '{name}'. Please rename the attribute.");
        }
    }
}

/// <summary>Normal forms of numbers.</summary>
internal static class Numbers
{
    public static object Of(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>True for bool, int and float; <paramref name="value"/> is then not null.</summary>
    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    public static bool IsInteger(object? value) => value is long or bool or BigInteger;

    public static BigInteger Big(object? value) => value switch
    {
        long l => l,
        bool b => b ? 1 : 0,
        BigInteger big => big,
        _ => throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object cannot be interpreted as an integer"),
    };

    public static double Double(object? value) => value switch
    {
        double d => d,
        long l => l,
        bool b => b ? 1 : 0,
        BigInteger big => (double)big is var d && double.IsInfinity(d) ? throw TemplateException.Overflow("int too large to convert to float") : d,
        _ => throw TemplateException.Type($"must be real number, not {PythonTypes.NameOf(value)}"),
    };

    /// <summary>An argument that has to be an integer of ordinary size.</summary>
    public static long Index(object? value) => value switch
    {
        long l => l,
        bool b => b ? 1 : 0,
        BigInteger big => big.Sign < 0 ? long.MinValue : long.MaxValue,
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object cannot be interpreted as an integer"),
    };
}
