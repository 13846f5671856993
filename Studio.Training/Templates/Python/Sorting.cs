namespace Studio.Training.Templates.Python;

/// <summary>Python's stable sort over keys that are compared with <c>&lt;</c> only.</summary>
internal static class Sorting
{
    public static object?[] Sort(object?[] items, Func<object?, object?> key, bool reverse = false)
    {
        var keyed = new (object? Key, object? Item)[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            keyed[i] = (key(items[i]), items[i]);
        }

        var spare = new (object? Key, object? Item)[items.Length];
        Merge(keyed, spare, 0, items.Length, reverse);
        return Array.ConvertAll(keyed, pair => pair.Item);
    }

    private static void Merge((object? Key, object? Item)[] items, (object? Key, object? Item)[] spare, int start, int end, bool reverse)
    {
        if (end - start < 2)
        {
            return;
        }

        var middle = start + ((end - start) / 2);
        Merge(items, spare, start, middle, reverse);
        Merge(items, spare, middle, end, reverse);
        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
        {
            // The right one goes first only when it is strictly smaller (larger when reversed): equal items keep their order.
            var takeRight = left == middle || (right < end
                && (reverse ? PythonComparison.Less(items[left].Key, items[right].Key) : PythonComparison.Less(items[right].Key, items[left].Key)));
            spare[at] = takeRight ? items[right++] : items[left++];
        }

        Array.Copy(spare, start, items, start, end - start);
    }
}
