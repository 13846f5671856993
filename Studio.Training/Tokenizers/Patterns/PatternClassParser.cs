using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>Reads bracket classes (nested, intersected with <c>&amp;&amp;</c>, POSIX names) and the escapes that stand for sets and single code points.</summary>
internal sealed class PatternClassParser(int[] source)
{
    private const int MaxNesting = 50;

    private int Peek(int at) => at < source.Length ? source[at] : -1;

    private static FormatException Error(int at, string problem) => new($"regular expression, character {(at + 1).ToString(CultureInfo.InvariantCulture)}: {problem}");

    /// <summary>Reads a class that begins with <c>[</c> at the place given.</summary>
    public CodePointSet Read(ref int at, bool ignoreCase, int depth = 0)
    {
        if (depth > MaxNesting)
        {
            throw Error(at, "classes are nested too deep");
        }

        at++;
        var negative = Peek(at) == '^';
        if (negative)
        {
            at++;
        }

        CodePointSet? intersection = null;
        var current = CodePointSet.Empty;
        var first = true;
        while (true)
        {
            var c = Peek(at);
            if (c < 0)
            {
                throw Error(at, "class is not closed");
            }

            if (c == ']' && !first)
            {
                at++;
                break;
            }

            if (c == '&' && Peek(at + 1) == '&')
            {
                at += 2;
                intersection = intersection is null ? current : intersection.Intersect(current);
                current = CodePointSet.Empty;
                first = false;
                continue;
            }

            // A bracket that cannot close a class is a letter: Oniguruma takes the first one so when another follows.
            if (c == ']' && first && !ClosesLater(at + 1))
            {
                throw Error(at, "class is empty");
            }

            first = false;
            current = current.Union(Item(ref at, ignoreCase, depth));
        }

        var set = intersection is null ? current : intersection.Intersect(current);
        if (ignoreCase)
        {
            set = CaseFolding.Close(set);
        }

        return negative ? set.Complement() : set;
    }

    private bool ClosesLater(int at)
    {
        for (; at < source.Length; at++)
        {
            if (source[at] == '\\')
            {
                at++;
            }
            else if (source[at] == ']')
            {
                return true;
            }
        }

        return false;
    }

    private CodePointSet Item(ref int at, bool ignoreCase, int depth)
    {
        if (Peek(at) == '[')
        {
            return Peek(at + 1) == ':' && Posix(ref at) is { } posix ? posix : Read(ref at, ignoreCase, depth + 1);
        }

        if (Peek(at) == '\\' && EscapedSet(ref at) is { } escaped)
        {
            return escaped;
        }

        var low = Single(ref at);
        if (Peek(at) != '-' || Peek(at + 1) is ']' or -1)
        {
            return CodePointSet.Of(low);
        }

        var dash = at;
        at++;
        if (Peek(at) == '[' || Peek(at) == '\\' && IsSetEscape(at))
        {
            at = dash;
            return CodePointSet.Of(low);
        }

        var high = Single(ref at);
        return high < low ? throw Error(dash, "range is empty") : CodePointSet.Range(low, high);
    }

    private bool IsSetEscape(int at)
    {
        var probe = at;
        return EscapedSet(ref probe) is not null;
    }

    private int Single(ref int at)
    {
        if (Peek(at) == '\\')
        {
            return Peek(at + 1) == 'b' ? Skip(ref at, 8) : EscapedCodePoint(ref at);
        }

        return source[at++];
    }

    private static int Skip(ref int at, int value)
    {
        at += 2;
        return value;
    }

    private CodePointSet? Posix(ref int at)
    {
        var end = at + 2;
        var negative = Peek(end) == '^';
        if (negative)
        {
            end++;
        }

        var start = end;
        while (Peek(end) is >= 'a' and <= 'z')
        {
            end++;
        }

        if (Peek(end) != ':' || Peek(end + 1) != ']')
        {
            return null;
        }

        var name = CodePoints.ToText(source.AsSpan(start, end - start));
        if (name is not ("alnum" or "alpha" or "ascii" or "blank" or "cntrl" or "digit" or "graph" or "lower" or "print" or "punct" or "space" or "upper" or "xdigit" or "word"))
        {
            throw Error(start, "unknown POSIX class " + name);
        }

        at = end + 2;
        var set = UnicodeClasses.Named(name)!;
        return negative ? set.Complement() : set;
    }

    /// <summary>Reads <c>\d \w \s \h</c>, their complements and <c>\p{...}</c>; null, and the place unchanged, for any other escape.</summary>
    public CodePointSet? EscapedSet(ref int at)
    {
        var letter = Peek(at + 1);
        var name = letter switch
        {
            'd' or 'D' => "digit",
            'w' or 'W' => "word",
            's' or 'S' => "space",
            'h' or 'H' => "xdigit",
            _ => null,
        };
        if (name is not null)
        {
            at += 2;
            var set = UnicodeClasses.Named(name)!;
            return letter is >= 'A' and <= 'Z' ? set.Complement() : set;
        }

        if (letter is not ('p' or 'P'))
        {
            return null;
        }

        var start = at + 2;
        var negative = letter == 'P';
        string property;
        if (Peek(start) == '{')
        {
            var end = start + 1;
            while (Peek(end) is not ('}' or -1))
            {
                end++;
            }

            if (Peek(end) < 0)
            {
                throw Error(at, "property is not closed");
            }

            property = CodePoints.ToText(source.AsSpan(start + 1, end - start - 1));
            if (property.StartsWith('^'))
            {
                negative = !negative;
                property = property[1..];
            }

            foreach (var prefix in (ReadOnlySpan<string>)["Script=", "sc=", "General_Category=", "gc="])
            {
                if (property.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    property = property[prefix.Length..];
                }
            }

            start = end + 1;
        }
        else if (Peek(start) is >= 'A' and <= 'Z')
        {
            property = ((char)Peek(start)).ToString();
            start++;
        }
        else
        {
            throw Error(at, "\\p without a property");
        }

        var named = UnicodeClasses.Named(property) ?? throw Error(at, "unknown property " + property);
        at = start;
        return negative ? named.Complement() : named;
    }

    /// <summary>Reads an escape that stands for one code point.</summary>
    public int EscapedCodePoint(ref int at)
    {
        var letter = Peek(at + 1);
        if (letter < 0)
        {
            throw Error(at, "ends with a backslash");
        }

        switch (letter)
        {
            case 't': return Skip(ref at, 9);
            case 'n': return Skip(ref at, 10);
            case 'v': return Skip(ref at, 11);
            case 'f': return Skip(ref at, 12);
            case 'r': return Skip(ref at, 13);
            case 'a': return Skip(ref at, 7);
            case 'e': return Skip(ref at, 27);
            case 'x' when Peek(at + 2) == '{':
                {
                    var end = at + 3;
                    var value = Digits(ref end, 16, 8);
                    if (Peek(end) != '}' || value > 0x10FFFF)
                    {
                        throw Error(at, "code point is not valid");
                    }

                    at = end + 1;
                    return (int)value;
                }

            case 'x':
                {
                    var end = at + 2;
                    var value = Digits(ref end, 16, 2);
                    at = end;
                    return (int)value;
                }

            case 'u':
                {
                    var end = at + 2;
                    var value = Digits(ref end, 16, 4);
                    if (end != at + 6)
                    {
                        throw Error(at, "\\u needs four digits");
                    }

                    at = end;
                    return (int)value;
                }

            case >= '0' and <= '7':
                {
                    var end = at + 1;
                    var value = Digits(ref end, 8, 3);
                    at = end;
                    return (int)value;
                }

            default:
                at += 2;
                return letter;
        }
    }

    private long Digits(ref int at, int radix, int most)
    {
        var value = 0L;
        for (var i = 0; i < most; i++, at++)
        {
            var c = Peek(at);
            var digit = c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'f' ? c - 'a' + 10 : c is >= 'A' and <= 'F' ? c - 'A' + 10 : 99;
            if (digit >= radix)
            {
                break;
            }

            value = value * radix + digit;
        }

        return value;
    }
}
