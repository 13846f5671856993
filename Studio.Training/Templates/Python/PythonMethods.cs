using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>
/// Attributes and methods of values. Methods that change a list or dict exist but are refused, as in Jinja's immutable sandbox; names that begin with
/// an underscore are never given away.
/// </summary>
internal static class PythonMethods
{
    private static readonly FrozenSet<string> dict = FrozenSet.ToFrozenSet(["copy", "fromkeys", "get", "items", "keys", "values"]);
    private static readonly FrozenSet<string> dictChanges = FrozenSet.ToFrozenSet(["clear", "pop", "popitem", "setdefault", "update"]);
    private static readonly FrozenSet<string> list = FrozenSet.ToFrozenSet(["copy", "count", "index"]);
    private static readonly FrozenSet<string> listChanges = FrozenSet.ToFrozenSet(["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"]);
    private static readonly FrozenSet<string> integer = FrozenSet.ToFrozenSet(["bit_length", "bit_count", "conjugate", "as_integer_ratio"]);
    private static readonly FrozenSet<string> real = FrozenSet.ToFrozenSet(["is_integer", "conjugate", "hex", "as_integer_ratio"]);
    private static readonly FrozenSet<string> cycler = FrozenSet.ToFrozenSet(["next", "reset"]);
    private static readonly FrozenSet<string> loop = FrozenSet.ToFrozenSet(["cycle", "changed"]);

    // Every Python object has these; reading one gives the sandbox's refusal.
    private static readonly FrozenSet<string> everyObject = FrozenSet.ToFrozenSet([
        "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__", "__getattribute__", "__getstate__", "__gt__", "__hash__", "__init__",
        "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasshook__"]);

    /// <summary>The attribute itself, an undefined value that refuses to be used, or null when the value has no such attribute.</summary>
    public static bool TryGetAttribute(object? owner, string name, out object? value)
    {
        value = null;
        if (everyObject.Contains(name))
        {
            value = UndefinedValue.Unsafe(owner, name);
            return true;
        }

        switch (owner)
        {
            case string or Markup:
                return StringMethods.Names.Contains(name) && Method(out value);
            case DictValue:
                return (dict.Contains(name) && Method(out value)) || (dictChanges.Contains(name) && Refused(out value));
            case ListValue:
                return (list.Contains(name) && Method(out value)) || (listChanges.Contains(name) && Refused(out value));
            case GroupValue group when name is "grouper" or "list":
                value = group.Items[name == "grouper" ? 0 : 1];
                return true;
            case TupleValue:
                return name is "count" or "index" && Method(out value);
            case NamespaceValue names:
                return names.Attributes.TryGet(name, out value);
            case LoopContext context:
                return context.TryGetAttribute(name, out value) || (loop.Contains(name) && Method(out value));
            case MacroValue macro:
                return macro.TryGetAttribute(name, out value);
            case SelfReference self:
                return self.TryGetBlock(name, out value);
            case long or bool or BigInteger:
                return IntegerAttribute(owner, name, ref value) || (integer.Contains(name) && Method(out value));
            case double number:
                value = name == "real" ? number : name == "imag" ? 0.0 : null;
                return value is not null || (real.Contains(name) && Method(out value));
            case RangeValue range when name is "start" or "stop" or "step":
                value = name == "start" ? range.Start : name == "stop" ? range.Stop : range.Step;
                return true;
            case RangeValue:
                return name is "count" or "index" && Method(out value);
            case CyclerValue cycle when name == "current":
                value = cycle.Current;
                return true;
            case CyclerValue:
                return cycler.Contains(name) && Method(out value);
            case DictClass:
                return name == "fromkeys" && Method(out value);
            default:
                return false;
        }

        bool Method(out object? method)
        {
            method = new MethodValue(owner, name);
            return true;
        }

        bool Refused(out object? refused)
        {
            refused = UndefinedValue.Unsafe(owner, name);
            return true;
        }
    }

    /// <summary>Calls a method that is known to exist.</summary>
    public static object? Call(RenderState state, object? owner, string name, Arguments arguments)
    {
        switch (owner)
        {
            case string text:
                return StringMethods.Call(state, text, name, arguments);
            case Markup markup:
                return StringMethods.CallOnMarkup(state, markup, name, arguments);
            case DictValue value:
                return CallDict(value, name, arguments);
            case SequenceValue sequence:
                return CallSequence(sequence.Items, name, arguments);
            case RangeValue range:
                return CallSequence(range.ToArray(), name, arguments);
            case LoopContext context:
                return name == "cycle" ? context.Cycle(arguments.PositionalOnly(name, 0, int.MaxValue)) : context.Changed(arguments.PositionalOnly(name, 0, int.MaxValue));
            case CyclerValue cycle:
                _ = arguments.PositionalOnly(name, 0, 0);
                if (name == "next")
                {
                    return cycle.Next();
                }

                cycle.Reset();
                return null;
            case DictClass:
                return CallDict(new DictValue(), name, arguments);
            case double number:
                _ = arguments.PositionalOnly(name, 0, 0);
                return name switch
                {
                    "is_integer" => double.IsFinite(number) && Math.Floor(number) == number,
                    "conjugate" => number,
                    "hex" => FloatFormat.Hex(number),
                    _ => FloatFormat.Ratio(number),
                };
            default:
                _ = arguments.PositionalOnly(name, 0, 0);
                var big = Numbers.Big(owner);
                return name switch
                {
                    "bit_length" => (long)BigInteger.Abs(big).GetBitLength(),
                    "bit_count" => BigInteger.Abs(big).ToByteArray().Sum(b => (long)BitOperations.PopCount(b)),
                    "as_integer_ratio" => new TupleValue([Numbers.Of(big), 1L]),
                    _ => Numbers.Of(big),
                };
        }
    }

    private static bool IntegerAttribute(object? owner, string name, ref object? value)
    {
        value = name switch
        {
            "real" or "numerator" => Numbers.Of(Numbers.Big(owner)),
            "imag" => 0L,
            "denominator" => 1L,
            _ => null,
        };
        return value is not null;
    }

    private static object? CallDict(DictValue value, string name, Arguments arguments)
    {
        switch (name)
        {
            case "get":
                var wanted = arguments.PositionalOnly(name, 1, 2);
                return value.TryGetAny(PythonComparison.CheckHashable(wanted[0]), out var found) ? found : wanted.Length > 1 ? wanted[1] : null;
            case "fromkeys":
                var given = arguments.PositionalOnly(name, 1, 2);
                var made = new DictValue();
                foreach (var key in PythonIteration.Each(given[0]))
                {
                    made.Set(PythonComparison.CheckHashable(key), given.Length > 1 ? given[1] : null);
                }

                return made;
        }

        _ = arguments.PositionalOnly(name, 0, 0);
        return name switch
        {
            "items" => new DictView(value, DictViewKind.Items),
            "keys" => new DictView(value, DictViewKind.Keys),
            "values" => new DictView(value, DictViewKind.Values),
            _ => value.Copy(),
        };
    }

    private static object? CallSequence(object?[] items, string name, Arguments arguments)
    {
        switch (name)
        {
            case "count":
                var counted = arguments.PositionalOnly(name, 1, 1)[0];
                return (long)items.Count(item => PythonComparison.AreEqual(item, counted));
            case "index":
                var given = arguments.PositionalOnly(name, 1, 3);
                var (first, length, _) = Slices.Resolve(items.Length, given.Length > 1 ? given[1] : null, given.Length > 2 ? given[2] : null, null);
                for (var i = first; i < first + length; i++)
                {
                    if (PythonComparison.AreEqual(items[i], given[0]))
                    {
                        return (long)i;
                    }
                }

                throw TemplateException.Value(string.Create(CultureInfo.InvariantCulture, $"{PythonText.Repr(given[0])} is not in list"));
            default:
                _ = arguments.PositionalOnly(name, 0, 0);
                return new ListValue([.. items]);
        }
    }
}
