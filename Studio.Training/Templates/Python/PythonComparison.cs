using System.Numerics;
using System.Runtime.CompilerServices;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>Equality, order, hash, truth and membership as Python defines them.</summary>
internal static class PythonComparison
{
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        UndefinedValue => false,
        SequenceValue sequence => sequence.Count > 0,
        DictValue dict => dict.Count > 0,
        Markup markup => markup.Text.Length > 0,
        BigInteger number => !number.IsZero,
        RangeValue range => range.Count > 0,
        DictView view => view.Dict.Count > 0,
        LoopContext loop => loop.Length > 0,
        _ => true,
    };

    public static bool AreEqual(object? left, object? right)
    {
        switch (left)
        {
            case string a:
                return right is string sa ? a == sa : right is Markup ma && ma.Text == a;
            case null:
                return right is null;
            case Markup a:
                return right is Markup mb ? mb.Text == a.Text : right is string sb && sb == a.Text;
            case long a when right is long l:
                return a == l;
            case bool or long or double or BigInteger:
                return Numbers.IsNumber(right) && CompareNumbers(left, right!) == 0;
            case UndefinedValue:
                return right is UndefinedValue;
            case ListValue a:
                return right is ListValue lb && SameItems(a.Items, lb.Items);
            case TupleValue a:
                return right is TupleValue tb && SameItems(a.Items, tb.Items);
            case DictValue a:
                return right is DictValue db && SameEntries(a, db);
            case RangeValue a:
                return right is RangeValue rb && SameItems(a.ToArray(), rb.ToArray());
            case MethodValue a:
                return right is MethodValue method && ReferenceEquals(a.Owner, method.Owner) && a.Name == method.Name;
            case DictView { Kind: not DictViewKind.Values } a:
                return right is DictView { Kind: not DictViewKind.Values } view && view.Dict.Count == a.Dict.Count && a.ToArray().All(item => Contains(view, item));
            default:
                return ReferenceEquals(left, right);
        }
    }

    /// <summary>Numbers by value, exactly also between int and float; null when one is not a number (NaN).</summary>
    public static int? CompareNumbers(object left, object right)
    {
        if (left is double || right is double)
        {
            var (a, b) = (left, right);
            if (a is double x && b is double y)
            {
                return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
            }

            var number = a is double ? (double)a : (double)b;
            if (double.IsNaN(number))
            {
                return null;
            }

            var integer = Numbers.Big(a is double ? b : a);
            int order;
            if (double.IsInfinity(number))
            {
                order = number > 0 ? -1 : 1;
            }
            else
            {
                var whole = Math.Floor(number);
                order = integer.CompareTo(new BigInteger(whole));
                order = order == 0 && number > whole ? -1 : order;
            }

            return a is double ? -order : order;
        }

        return left is long l && right is long r ? l.CompareTo(r) : Numbers.Big(left).CompareTo(Numbers.Big(right));
    }

    public static bool Less(object? left, object? right) => Ordered(left, right, "<", order => order < 0);

    /// <summary>One of <c>&lt; &lt;= &gt; &gt;=</c>.</summary>
    public static bool Ordered(object? left, object? right, string sign, Func<int, bool> wanted)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left is UndefinedValue a)
        {
            throw a.Failure();
        }

        if (right is UndefinedValue b)
        {
            throw b.Failure();
        }

        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return CompareNumbers(left!, right!) is { } order && wanted(order);
        }

        if (PythonText.AsText(left) is { } leftText && PythonText.AsText(right) is { } rightText)
        {
            return wanted(CodePoints.Compare(leftText, rightText));
        }

        if ((left is ListValue && right is ListValue) || (left is TupleValue && right is TupleValue))
        {
            var (x, y) = (((SequenceValue)left).Items, ((SequenceValue)right).Items);
            for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
            {
                if (!AreEqual(x[i], y[i]))
                {
                    return Ordered(x[i], y[i], sign, wanted);
                }
            }

            return wanted(x.Length.CompareTo(y.Length));
        }

        throw TemplateException.Type($"'{sign}' not supported between instances of '{PythonTypes.NameOf(left)}' and '{PythonTypes.NameOf(right)}'");
    }

    public static bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string or Markup:
                return PythonText.AsText(item) is { } part
                    ? PythonText.AsText(container)!.Contains(part, StringComparison.Ordinal)
                    : throw TemplateException.Type($"'in <string>' requires string as left operand, not {PythonTypes.NameOf(item)}");
            case DictValue dict:
                return dict.TryGetAny(CheckHashable(item), out _);
            case DictView { Kind: DictViewKind.Keys } view:
                return view.Dict.TryGetAny(CheckHashable(item), out _);
            case SequenceValue sequence:
                foreach (var each in sequence.Items)
                {
                    if (ReferenceEquals(each, item) || AreEqual(each, item))
                    {
                        return true;
                    }
                }

                return false;
            case RangeValue or DictView or IteratorValue or UndefinedValue:
                return PythonIteration.Each(container).Any(each => AreEqual(each, item));
            default:
                throw TemplateException.Type($"argument of type '{PythonTypes.NameOf(container)}' is not iterable");
        }
    }

    public static object? CheckHashable(object? value) => value switch
    {
        ListValue or DictValue => throw TemplateException.Type($"unhashable type: '{PythonTypes.NameOf(value)}'"),
        _ => IsHashable(value) ? value : throw TemplateException.Type("unhashable type in a tuple"),
    };

    public static bool IsHashable(object? value) => value switch
    {
        ListValue or DictValue => false,
        TupleValue tuple => Array.TrueForAll(tuple.Items, IsHashable),
        _ => true,
    };

    public static int HashOf(object value)
    {
        switch (value)
        {
            case string text:
                return text.GetHashCode(StringComparison.Ordinal);
            case Markup markup:
                return markup.Text.GetHashCode(StringComparison.Ordinal);
            case bool b:
                return (b ? 1L : 0L).GetHashCode();
            case long l:
                return l.GetHashCode();
            case BigInteger big:
                return ((double)big).GetHashCode();
            case double d:
                // An integral float is the same key as the integer.
                return Math.Floor(d) == d && Math.Abs(d) < 9e18 ? ((long)d).GetHashCode() : d.GetHashCode();
            case TupleValue tuple:
                var hash = new HashCode();
                foreach (var item in tuple.Items)
                {
                    hash.Add(item is null ? 0 : HashOf(item));
                }

                return hash.ToHashCode();
            case UndefinedValue:
                return 17;
            default:
                return RuntimeHelpers.GetHashCode(value);
        }
    }

    private static bool SameItems(object?[] left, object?[] right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!AreEqual(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameEntries(DictValue left, DictValue right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!right.TryGetAny(left.KeyAt(i), out var other) || !AreEqual(left.ValueAt(i), other))
            {
                return false;
            }
        }

        return true;
    }
}
