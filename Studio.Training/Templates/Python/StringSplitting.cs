namespace Studio.Training.Templates.Python;

/// <summary>Splitting, counting and replacing in text with the rules of Python's <c>str</c>.</summary>
internal static class StringSplitting
{
    /// <summary><c>split()</c> without a separator: runs of whitespace separate, no empty parts. A negative limit means none.</summary>
    public static List<string> OnWhitespace(string text, long limit)
    {
        var parts = new List<string>();
        var at = 0;
        while (true)
        {
            while (at < text.Length && Whitespace.Is(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return parts;
            }

            if (limit >= 0 && parts.Count == limit)
            {
                parts.Add(text[at..]);
                return parts;
            }

            var end = text.AsSpan(at).IndexOfAny(Whitespace.Characters);
            end = end < 0 ? text.Length : at + end;
            parts.Add(text[at..end]);
            at = end;
        }
    }

    /// <summary><c>rsplit()</c> without a separator.</summary>
    public static List<string> OnWhitespaceFromEnd(string text, long limit)
    {
        var parts = new List<string>();
        var end = text.Length;
        while (true)
        {
            while (end > 0 && Whitespace.Is(text[end - 1]))
            {
                end--;
            }

            if (end == 0)
            {
                break;
            }

            if (limit >= 0 && parts.Count == limit)
            {
                parts.Add(text[..end]);
                break;
            }

            var start = text.AsSpan(0, end).LastIndexOfAny(Whitespace.Characters) + 1;
            parts.Add(text[start..end]);
            end = start;
        }

        parts.Reverse();
        return parts;
    }

    /// <summary><c>split(separator)</c>: empty parts stay.</summary>
    public static List<string> On(string text, string separator, long limit)
    {
        CheckSeparator(separator);
        var parts = new List<string>();
        var at = 0;
        while (limit < 0 || parts.Count < limit)
        {
            var found = text.IndexOf(separator, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(text[at..found]);
            at = found + separator.Length;
        }

        parts.Add(text[at..]);
        return parts;
    }

    public static List<string> OnFromEnd(string text, string separator, long limit)
    {
        CheckSeparator(separator);
        var parts = new List<string>();
        var end = text.Length;
        while (limit < 0 || parts.Count < limit)
        {
            var found = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(text[(found + separator.Length)..end]);
            end = found;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    /// <summary><c>splitlines()</c>: every line boundary of Python, and no empty line after the last one.</summary>
    public static List<string> Lines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var length = text.AsSpan(at).IndexOfAny("\n\v\f\r\u001c\u001d\u001e\u0085\u2028\u2029");
            if (length < 0)
            {
                lines.Add(text[at..]);
                break;
            }

            var end = at + length;
            var next = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[at..(keepEnds ? next : end)]);
            at = next;
        }

        return lines;
    }

    /// <summary>Occurrences that do not overlap; of the empty text one more than there are code points.</summary>
    public static int Count(string text, string part)
    {
        if (part.Length == 0)
        {
            return CodePoints.Count(text) + 1;
        }

        var count = 0;
        for (var at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
        {
            count++;
        }

        return count;
    }

    /// <summary><c>replace(old, new, count)</c>; a negative count means all. The caller checks the length of the result.</summary>
    public static string Replace(string text, string old, string replacement, long count)
    {
        if (count == 0)
        {
            return text;
        }

        if (old.Length == 0)
        {
            var builder = new System.Text.StringBuilder();
            long done = 0;
            foreach (var piece in CodePoints.Split(text))
            {
                builder.Append(count < 0 || done++ < count ? replacement : "").Append((string)piece!);
            }

            return builder.Append(count < 0 || done < count ? replacement : "").ToString();
        }

        return count < 0 ? text.Replace(old, replacement, StringComparison.Ordinal) : string.Join(replacement, On(text, old, count));
    }

    public static ListValue ToList(List<string> parts, bool markup = false)
    {
        var items = new object?[parts.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = markup ? new Markup(parts[i]) : parts[i];
        }

        return new ListValue(items);
    }

    private static void CheckSeparator(string separator)
    {
        if (separator.Length == 0)
        {
            throw TemplateException.Value("empty separator");
        }
    }
}
