using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>
/// Reads a regular expression in Oniguruma's Ruby syntax (doc/RE of Oniguruma) over code points: <c>^</c> and <c>$</c> are line anchors, <c>.</c> stops at a newline unless <c>(?m)</c>,
/// <c>?+ *+ ++</c> are possessive, <c>{n,m}+</c> repeats the repetition. Errors are <see cref="FormatException"/> with the place.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxNesting = 200;
    private const int MaxRepeat = 100_000;
    private readonly int[] source;
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly PatternClassParser classes;
    private int at;
    private int groups;
    private int nesting;
    private bool ignoreCase;
    private bool dotAll;
    private bool extended;

    private PatternParser(string pattern)
    {
        source = CodePoints.Of(pattern);
        classes = new PatternClassParser(source);
    }

    /// <summary>The tree of a pattern and the number of its capturing groups.</summary>
    public static (PatternNode Tree, int Groups) Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.Choices();
        return parser.at < parser.source.Length ? throw parser.Error("unmatched )") : (tree, parser.groups);
    }

    private FormatException Error(string problem) => new($"regular expression, character {(at + 1).ToString(CultureInfo.InvariantCulture)}: {problem}");

    private bool More => at < source.Length;

    private int Peek(int ahead = 0) => at + ahead < source.Length ? source[at + ahead] : -1;

    private bool Take(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Peek(i) != text[i])
            {
                return false;
            }
        }

        at += text.Length;
        return true;
    }

    private PatternNode Choices()
    {
        if (++nesting > MaxNesting)
        {
            throw Error("groups are nested too deep");
        }

        var choices = new List<PatternNode> { Sequence() };
        while (Peek() == '|')
        {
            at++;
            choices.Add(Sequence());
        }

        nesting--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Alternation(choices);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (More && Peek() is not ('|' or ')'))
        {
            if (extended && (UnicodeClasses.IsWhiteSpace(Peek()) || Peek() == '#'))
            {
                SkipExtended();
                continue;
            }

            if (Take("(?#"))
            {
                while (More && Peek() != ')')
                {
                    at++;
                }

                if (!Take(")"))
                {
                    throw Error("comment is not closed");
                }

                continue;
            }

            if (TakeOptions(out var colon))
            {
                // Options without a colon hold to the end of the group that they stand in; they take in the alternatives that follow.
                if (colon is not null)
                {
                    parts.Add(Repetitions(colon));
                    continue;
                }

                var rest = Choices();
                parts.Add(rest);
                break;
            }

            var single = Atom();
            if (single is PatternNode.Literal { CodePoints.Length: 1 } letter && !IsQuantifier() && parts is [.., PatternNode.Literal last] && last.IgnoreCase == letter.IgnoreCase)
            {
                parts[^1] = last with { CodePoints = [.. last.CodePoints, letter.CodePoints[0]] };
                continue;
            }

            parts.Add(Repetitions(single));
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private void SkipExtended()
    {
        if (Peek() == '#')
        {
            while (More && Peek() != '\n')
            {
                at++;
            }
        }
        else
        {
            at++;
        }
    }

    /// <summary>Reads <c>(?i)</c>, <c>(?im-x:...)</c>; with a colon the group is returned and the options are as before.</summary>
    private bool TakeOptions(out PatternNode? group)
    {
        group = null;
        var length = 2;
        if (Peek() != '(' || Peek(1) != '?')
        {
            return false;
        }

        while (Peek(length) is 'i' or 'm' or 'x' or '-' or 'a' or 'u' or 'd')
        {
            length++;
        }

        if (length == 2 || Peek(length) is not (')' or ':'))
        {
            return false;
        }

        var before = (ignoreCase, dotAll, extended);
        var on = true;
        for (var i = 2; i < length; i++)
        {
            switch (Peek(i))
            {
                case '-': on = false; break;
                case 'i': ignoreCase = on; break;
                case 'm': dotAll = on; break;
                case 'x': extended = on; break;
                case 'u': break;
                default: throw Error("option is not supported");
            }
        }

        var inline = Peek(length) == ')';
        at += length + 1;
        if (inline)
        {
            return true;
        }

        group = Choices();
        Close();
        (ignoreCase, dotAll, extended) = before;
        return true;
    }

    private void Close()
    {
        if (!Take(")"))
        {
            throw Error("group is not closed");
        }
    }

    private bool IsQuantifier()
    {
        if (Peek() is '*' or '+' or '?')
        {
            return true;
        }

        var before = at;
        var result = Peek() == '{' && TakeBounds(out _, out _);
        at = before;
        return result;
    }

    private PatternNode Repetitions(PatternNode body)
    {
        for (var depth = 0; More; depth++)
        {
            if (depth > MaxNesting)
            {
                throw Error("too many repetitions of a repetition");
            }

            int min, max;
            var bounds = false;
            switch (Peek())
            {
                case '*': (min, max) = (0, -1); at++; break;
                case '+': (min, max) = (1, -1); at++; break;
                case '?': (min, max) = (0, 1); at++; break;
                case '{' when TakeBounds(out min, out max): bounds = true; break;
                default: return body;
            }

            if (body is PatternNode.Anchor)
            {
                // A place repeated is the place, or nothing at all.
                body = min == 0 ? new PatternNode.Sequence([]) : body;
            }

            var kind = RepeatKind.Greedy;
            if (Peek() == '?')
            {
                at++;
                kind = RepeatKind.Lazy;
            }
            else if (Peek() == '+' && !bounds)
            {
                at++;
                kind = RepeatKind.Possessive;
            }

            body = new PatternNode.Repeat(body, min, max, kind);
        }

        return body;
    }

    private bool TakeBounds(out int min, out int max)
    {
        var before = at;
        (min, max) = (0, 0);
        at++;
        var low = Number();
        var high = low;
        if (Peek() == ',')
        {
            at++;
            high = Number();
            if (low < 0 && high < 0)
            {
                at = before;
                return false;
            }

            low = Math.Max(low, 0);
        }
        else if (low < 0)
        {
            at = before;
            return false;
        }

        if (Peek() != '}')
        {
            at = before;
            return false;
        }

        at++;
        if (low > MaxRepeat || high > MaxRepeat)
        {
            throw Error("repeat count is too large");
        }

        (min, max) = high >= 0 && high < low ? (high, low) : (low, high);
        return true;
    }

    private int Number()
    {
        var value = -1L;
        while (Peek() is >= '0' and <= '9')
        {
            value = Math.Min(Math.Max(value, 0) * 10 + (Peek() - '0'), MaxRepeat + 1);
            at++;
        }

        return (int)value;
    }

    private PatternNode Atom()
    {
        var c = source[at];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                {
                    var set = classes.Read(ref at, ignoreCase);
                    return new PatternNode.Set(set);
                }

            case '.':
                at++;
                return new PatternNode.Set(dotAll ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^':
                at++;
                return new PatternNode.Anchor(AnchorKind.LineStart);
            case '$':
                at++;
                return new PatternNode.Anchor(AnchorKind.LineEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw Error("nothing to repeat");
            default:
                at++;
                return new PatternNode.Literal([c], ignoreCase);
        }
    }

    private PatternNode Group()
    {
        at++;
        var before = (ignoreCase, dotAll, extended);
        PatternNode result;
        if (Take("?:"))
        {
            result = Choices();
        }
        else if (Take("?>"))
        {
            result = new PatternNode.Atomic(Choices());
        }
        else if (Take("?="))
        {
            result = new PatternNode.Look(Choices(), false, false);
        }
        else if (Take("?!"))
        {
            result = new PatternNode.Look(Choices(), false, true);
        }
        else if (Take("?<="))
        {
            result = new PatternNode.Look(Choices(), true, false);
        }
        else if (Take("?<!"))
        {
            result = new PatternNode.Look(Choices(), true, true);
        }
        else if (Take("?<") || Take("?'") || Take("?P<"))
        {
            var number = ++groups;
            names[Name(source[at - 1] == '<' ? '>' : '\'')] = number;
            result = new PatternNode.Capture(Choices(), number);
        }
        else if (Peek() == '?')
        {
            throw Error("group is not supported");
        }
        else
        {
            var number = ++groups;
            result = new PatternNode.Capture(Choices(), number);
        }

        Close();
        (ignoreCase, dotAll, extended) = before;
        return result;
    }

    private string Name(int close)
    {
        var start = at;
        while (More && Peek() != close)
        {
            at++;
        }

        if (!More || at == start)
        {
            throw Error("group name is not closed");
        }

        return CodePoints.ToText(source.AsSpan(start, at++ - start));
    }

    private PatternNode Escape()
    {
        switch (Peek(1))
        {
            case 'A': at += 2; return new PatternNode.Anchor(AnchorKind.TextStart);
            case 'z': at += 2; return new PatternNode.Anchor(AnchorKind.TextEnd);
            case 'Z': at += 2; return new PatternNode.Anchor(AnchorKind.TextEndOrFinalNewline);
            case 'b': at += 2; return new PatternNode.Anchor(AnchorKind.WordBoundary);
            case 'B': at += 2; return new PatternNode.Anchor(AnchorKind.NotWordBoundary);
            case 'G': at += 2; return new PatternNode.Anchor(AnchorKind.SearchStart);
            case 'R':
                at += 2;
                return new PatternNode.Atomic(new PatternNode.Alternation([new PatternNode.Literal([13, 10], false), new PatternNode.Set(CodePointSet.Range(10, 13).Union(CodePointSet.Of(0x85, 0x2028, 0x2029)))]));
            case 'N': at += 2; return new PatternNode.Set(CodePointSet.Of('\n').Complement());
            case 'O': at += 2; return new PatternNode.Set(CodePointSet.All);
            case 'k':
                {
                    at += 2;
                    if (!Take("<") && !Take("'"))
                    {
                        throw Error("back-reference without a name");
                    }

                    var name = Name(source[at - 1] == '<' ? '>' : '\'');
                    return names.TryGetValue(name, out var named) || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out named)
                        ? Reference(named)
                        : throw Error("unknown group " + name);
                }

            case >= '1' and <= '9':
                {
                    var before = at;
                    at++;
                    var number = Number();
                    if (number <= 9 || number <= groups)
                    {
                        return Reference(number);
                    }

                    at = before;
                    break;
                }

            case 'X' or 'K' or 'g' or 'y' or 'Y':
                throw Error("\\" + (char)Peek(1) + " is not supported");
        }

        var set = classes.EscapedSet(ref at);
        return set is not null
            ? new PatternNode.Set(ignoreCase ? CaseFolding.Close(set) : set)
            : new PatternNode.Literal([classes.EscapedCodePoint(ref at)], ignoreCase);
    }

    private PatternNode.BackReference Reference(int number) => number > groups || number < 1 ? throw Error("back-reference to a group that does not stand before it") : new(number, ignoreCase);
}
