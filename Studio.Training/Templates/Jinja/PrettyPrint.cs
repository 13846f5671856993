using System.Text;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>The filter <c>pprint</c>: one line while it fits in 80 columns, else one item a line, dict keys sorted.</summary>
internal static class PrettyPrint
{
    private const int Width = 80;

    public static string Format(object? value)
    {
        var builder = new StringBuilder();
        Append(builder, value, 0, 0);
        return builder.ToString();
    }

    private static void Append(StringBuilder builder, object? value, int indent, int tail)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        var text = PythonText.Repr(Sorted(value));
        if (text.Length <= Width - indent - tail || value is not (ListValue or TupleValue or DictValue))
        {
            builder.Append(text);
            return;
        }

        if (value is DictValue dict)
        {
            var places = Order(dict);
            builder.Append('{');
            for (var i = 0; i < places.Length; i++)
            {
                builder.Append(i == 0 ? "" : ",\n" + new string(' ', indent + 1));
                var key = PythonText.Repr(dict.KeyAt(places[i]));
                builder.Append(key).Append(": ");
                Append(builder, dict.ValueAt(places[i]), indent + key.Length + 3, i == places.Length - 1 ? tail + 1 : 1);
            }

            builder.Append('}');
            return;
        }

        var items = ((SequenceValue)value).Items;
        var (open, close) = value is ListValue ? ('[', "]") : ('(', items.Length == 1 ? ",)" : ")");
        builder.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            builder.Append(i == 0 ? "" : ",\n" + new string(' ', indent + 1));
            Append(builder, items[i], indent + 1, i == items.Length - 1 ? tail + close.Length : 1);
        }

        builder.Append(close);
    }

    private static object? Sorted(object? value)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case DictValue dict:
                var sorted = new DictValue(dict.Count);
                Array.ForEach(Order(dict), place => sorted.Set(dict.KeyAt(place), Sorted(dict.ValueAt(place))));
                return sorted;
            case ListValue list:
                return new ListValue(Array.ConvertAll(list.Items, Sorted));
            case TupleValue tuple:
                return new TupleValue(Array.ConvertAll(tuple.Items, Sorted));
            default:
                return value;
        }
    }

    private static int[] Order(DictValue dict)
    {
        var places = Enumerable.Range(0, dict.Count).ToArray();
        return Array.TrueForAll(places, place => dict.KeyAt(place) is string)
            ? [.. Sorting.Sort(Array.ConvertAll(places, place => (object?)place), place => dict.KeyAt((int)place!)).Select(place => (int)place!)]
            : places;
    }
}
