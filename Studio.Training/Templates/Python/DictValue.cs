using System.Diagnostics.CodeAnalysis;

namespace Studio.Training.Templates.Python;

/// <summary>A dict: keeps insertion order, and finds keys by Python's equality (1, 1.0 and True are one key).</summary>
internal sealed class DictValue
{
    private const int LinearLimit = 8;
    private static readonly object noneKey = new();

    private readonly List<object?> keys;
    private readonly List<object?> values;
    private Dictionary<object, int>? places;

    public DictValue(int capacity = 4) => (keys, values) = (new(capacity), new(capacity));

    public int Count => keys.Count;

    public object? KeyAt(int index) => keys[index];

    public object? ValueAt(int index) => values[index];

    public object?[] KeysToArray() => [.. keys];

    public bool TryGet(string key, out object? value)
    {
        var place = Find(key);
        value = place < 0 ? null : values[place];
        return place >= 0;
    }

    public bool TryGetAny(object? key, out object? value)
    {
        var place = Find(key);
        value = place < 0 ? null : values[place];
        return place >= 0;
    }

    /// <summary>Sets a key; a key that is there keeps its place.</summary>
    public void Set(object? key, object? value)
    {
        var place = Find(key);
        if (place >= 0)
        {
            values[place] = value;
            return;
        }

        keys.Add(key);
        values.Add(value);
        places?.Add(key ?? noneKey, keys.Count - 1);
    }

    public DictValue Copy()
    {
        var copy = new DictValue(Count);
        copy.keys.AddRange(keys);
        copy.values.AddRange(values);
        return copy;
    }

    private int Find(object? key)
    {
        if (keys.Count <= LinearLimit && key is string text)
        {
            for (var i = 0; i < keys.Count; i++)
            {
                if (keys[i] is string other ? other == text : keys[i] is Markup markup && markup.Text == text)
                {
                    return i;
                }
            }

            return -1;
        }

        if (places is null)
        {
            places = new Dictionary<object, int>(keys.Count + 1, KeyComparer.Instance);
            for (var i = 0; i < keys.Count; i++)
            {
                places[keys[i] ?? noneKey] = i;
            }
        }

        return places.GetValueOrDefault(key ?? noneKey, -1);
    }

    /// <summary>Python's equality and hash over keys.</summary>
    internal sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        bool IEqualityComparer<object>.Equals(object? x, object? y) =>
            ReferenceEquals(x, y) || (x is not null && y is not null && PythonComparison.AreEqual(x, y));

        public int GetHashCode([DisallowNull] object obj) => PythonComparison.HashOf(obj);
    }
}
