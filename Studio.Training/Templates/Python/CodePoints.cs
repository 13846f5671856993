using System.Buffers;
using System.Text;

namespace Studio.Training.Templates.Python;

/// <summary>Text measured and cut in Unicode code points; .NET strings count UTF-16 units.</summary>
internal static class CodePoints
{
    private static readonly string[] asciiStrings = [.. Enumerable.Range(0, 128).Select(c => ((char)c).ToString())];

    /// <summary>True when every UTF-16 unit is one code point.</summary>
    public static bool IsFlat(ReadOnlySpan<char> text) => !text.ContainsAnyInRange('\ud800', '\udfff');

    public static int Count(ReadOnlySpan<char> text)
    {
        if (IsFlat(text))
        {
            return text.Length;
        }

        var count = 0;
        for (var i = 0; i < text.Length; i += WidthAt(text, i))
        {
            count++;
        }

        return count;
    }

    /// <summary>One string per code point.</summary>
    public static object?[] Split(string text)
    {
        var pieces = new object?[Count(text)];
        for (int i = 0, place = 0; place < pieces.Length; place++)
        {
            var width = WidthAt(text, i);
            pieces[place] = width == 1 && text[i] < 128 ? asciiStrings[text[i]] : text.Substring(i, width);
            i += width;
        }

        return pieces;
    }

    /// <summary>The code point at an index (negative counts from the end), or null when there is none.</summary>
    public static string? At(string text, long index)
    {
        var count = Count(text);
        index = index < 0 ? index + count : index;
        if (index < 0 || index >= count)
        {
            return null;
        }

        var at = Offset(text, (int)index);
        return text.Substring(at, WidthAt(text, at));
    }

    /// <summary>The UTF-16 offset of a code point index that lies inside the text or at its end.</summary>
    public static int Offset(ReadOnlySpan<char> text, int index)
    {
        if (IsFlat(text))
        {
            return index;
        }

        var at = 0;
        for (; index > 0; index--)
        {
            at += WidthAt(text, at);
        }

        return at;
    }

    /// <summary>The first <paramref name="count"/> code points.</summary>
    public static string Head(string text, int count) => text.Length <= count ? text : text[..Offset(text, Math.Clamp(count, 0, Count(text)))];

    public static string Slice(string text, object? start, object? stop, object? step)
    {
        var count = Count(text);
        var (first, length, stride) = Slices.Resolve(count, start, stop, step);
        if (length == 0)
        {
            return "";
        }

        if (stride == 1)
        {
            var begin = Offset(text, first);
            return text.Substring(begin, Offset(text.AsSpan(begin), length));
        }

        var pieces = Split(text);
        var result = new StringBuilder(length);
        for (int i = 0, at = first; i < length; i++, at += stride)
        {
            result.Append((string)pieces[at]!);
        }

        return result.ToString();
    }

    /// <summary>Order by code points, as Python orders text.</summary>
    public static int Compare(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        var at = left.AsSpan(0, length).CommonPrefixLength(right.AsSpan(0, length));
        if (at == length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Rank(left[at]).CompareTo(Rank(right[at]));

        // Surrogates stand for code points above every other UTF-16 unit.
        static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
    }

    /// <summary>UTF-16 units of the code point at an offset; a lone surrogate counts as one.</summary>
    public static int WidthAt(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    /// <summary>Each code point's number with its place in the text.</summary>
    public static IEnumerable<(int Value, int At, int Width)> Each(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var width = WidthAt(text, i);
            yield return (width == 2 ? char.ConvertToUtf32(text[i], text[i + 1]) : text[i], i, width);
            i += width;
        }
    }

    public static string FromNumber(int value) => value is >= 0xd800 and <= 0xdfff ? ((char)value).ToString() : char.ConvertFromUtf32(value);
}

/// <summary>Python's slice arithmetic.</summary>
internal static class Slices
{
    /// <summary>First index, number of items and stride of <c>[start:stop:step]</c> over a sequence.</summary>
    public static (int First, int Length, int Stride) Resolve(int count, object? start, object? stop, object? step)
    {
        var stride = step is null ? 1 : Bound(step);
        if (stride == 0)
        {
            throw TemplateException.Value("slice step cannot be zero");
        }

        var (low, high) = stride > 0 ? (0L, (long)count) : (-1L, count - 1L);
        var first = start is null ? (stride > 0 ? low : high) : Clamp(Bound(start));
        var last = stop is null ? (stride > 0 ? high : low) : Clamp(Bound(stop));
        var length = stride > 0 ? (last - first + stride - 1) / stride : (first - last - stride - 1) / -stride;
        return length <= 0 ? (0, 0, 1) : ((int)first, (int)length, (int)Math.Clamp(stride, -int.MaxValue, int.MaxValue));

        long Clamp(long index) => Math.Clamp(index < 0 ? index + count : index, low, high);

        static long Bound(object value) => value is double or string or SequenceValue or DictValue or Markup
            ? throw TemplateException.Type("slice indices must be integers or None or have an __index__ method")
            : Math.Clamp(Numbers.Index(value), -(1L << 40), 1L << 40);
    }

    public static object?[] Of(object?[] items, object? start, object? stop, object? step)
    {
        var (first, length, stride) = Resolve(items.Length, start, stop, step);
        if (stride == 1)
        {
            return items.AsSpan(first, length).ToArray();
        }

        var result = new object?[length];
        for (var i = 0; i < length; i++)
        {
            result[i] = items[first + (i * stride)];
        }

        return result;
    }
}

/// <summary>Python's whitespace (<c>str.isspace</c>), which is wider than .NET's.</summary>
internal static class Whitespace
{
    public static readonly SearchValues<char> Characters = SearchValues.Create(
        "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000");

    public static bool Is(char unit) => Characters.Contains(unit);

    public static string Trim(string text) => TrimStart(TrimEnd(text));

    public static string TrimStart(string text)
    {
        var first = text.AsSpan().IndexOfAnyExcept(Characters);
        return first < 0 ? "" : text[first..];
    }

    public static string TrimEnd(string text)
    {
        var last = text.AsSpan().LastIndexOfAnyExcept(Characters);
        return text[..(last + 1)];
    }
}
