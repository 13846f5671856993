using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>Iteration and length as Python defines them.</summary>
internal static class PythonIteration
{
    public static bool IsIterable(object? value) => value is string or Markup or SequenceValue or DictValue or RangeValue or DictView or IteratorValue or UndefinedValue or LoopContext;

    /// <summary>All items; an iterator is used up by this. Text gives one string per code point.</summary>
    public static object?[] ToArray(object? value) => value switch
    {
        SequenceValue sequence => sequence.Items,
        DictValue dict => dict.KeysToArray(),
        string text => CodePoints.Split(text),
        Markup markup => CodePoints.Split(markup.Text),
        RangeValue range => range.ToArray(),
        DictView view => view.ToArray(),
        UndefinedValue => [],
        IteratorValue iterator => Drain(iterator),
        _ => throw TemplateException.Type($"'{PythonTypes.NameOf(value)}' object is not iterable"),
    };

    public static IEnumerable<object?> Each(object? value)
    {
        if (value is IteratorValue iterator)
        {
            while (iterator.TryNext(out var item))
            {
                yield return item;
            }

            yield break;
        }

        foreach (var item in ToArray(value))
        {
            yield return item;
        }
    }

    /// <summary>Length, or null for a value that has none.</summary>
    public static int? TryLength(object? value) => value switch
    {
        string text => CodePoints.Count(text),
        Markup markup => CodePoints.Count(markup.Text),
        SequenceValue sequence => sequence.Count,
        DictValue dict => dict.Count,
        RangeValue range => range.Count,
        DictView view => view.Dict.Count,
        UndefinedValue => 0,
        LoopContext loop => loop.Length,
        _ => null,
    };

    public static int Length(object? value) => TryLength(value) ?? throw TemplateException.Type($"object of type '{PythonTypes.NameOf(value)}' has no len()");

    private static object?[] Drain(IteratorValue iterator)
    {
        var items = new List<object?>();
        while (iterator.TryNext(out var item))
        {
            items.Add(item);
        }

        return [.. items];
    }
}
