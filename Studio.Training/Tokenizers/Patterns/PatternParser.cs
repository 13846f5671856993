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
    private const int MaxReference = 100_000;
    private readonly int[] source;
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly PatternCursor cursor;
    private readonly PatternClassParser classes;
    private readonly PatternRepeats repeats;
    private int groups;
    private int nesting;
    private bool ignoreCase;
    private bool dotAll;
    private bool extended;

    private PatternParser(string pattern)
    {
        source = CodePoints.Of(pattern);
        cursor = new PatternCursor(source);
        classes = new PatternClassParser(source);
        repeats = new PatternRepeats(cursor);
    }

    /// <summary>The tree of a pattern and the number of its capturing groups.</summary>
    public static (PatternNode Tree, int Groups) Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.Choices();
        return parser.cursor.More ? throw parser.cursor.Error("unmatched )") : (tree, parser.groups);
    }

    private PatternNode Choices()
    {
        if (++nesting > MaxNesting)
        {
            throw cursor.Error("groups are nested too deep");
        }

        var choices = new List<PatternNode> { Sequence() };
        while (cursor.Peek() == '|')
        {
            cursor.At++;
            choices.Add(Sequence());
        }

        nesting--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Alternation(choices);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (cursor.More && cursor.Peek() is not ('|' or ')'))
        {
            if (extended && (UnicodeClasses.IsWhiteSpace(cursor.Peek()) || cursor.Peek() == '#'))
            {
                SkipExtended();
                continue;
            }

            if (cursor.Take("(?#"))
            {
                while (cursor.More && cursor.Peek() != ')')
                {
                    cursor.At++;
                }

                if (!cursor.Take(")"))
                {
                    throw cursor.Error("comment is not closed");
                }

                continue;
            }

            if (TakeOptions(out var colon))
            {
                // Options without a colon hold to the end of the group that they stand in; they take in the alternatives that follow.
                if (colon is not null)
                {
                    parts.Add(repeats.Of(colon));
                    continue;
                }

                var rest = Choices();
                parts.Add(rest);
                break;
            }

            var single = Atom();
            if (single is PatternNode.Literal { CodePoints.Length: 1 } letter && !repeats.Follow() && parts is [.., PatternNode.Literal last] && last.IgnoreCase == letter.IgnoreCase)
            {
                parts[^1] = last with { CodePoints = [.. last.CodePoints, letter.CodePoints[0]] };
                continue;
            }

            parts.Add(repeats.Of(single));
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private void SkipExtended()
    {
        if (cursor.Peek() == '#')
        {
            while (cursor.More && cursor.Peek() != '\n')
            {
                cursor.At++;
            }
        }
        else
        {
            cursor.At++;
        }
    }

    /// <summary>Reads <c>(?i)</c>, <c>(?im-x:...)</c>; with a colon the group is returned and the options are as before.</summary>
    private bool TakeOptions(out PatternNode? group)
    {
        group = null;
        var length = 2;
        if (cursor.Peek() != '(' || cursor.Peek(1) != '?')
        {
            return false;
        }

        while (cursor.Peek(length) is 'i' or 'm' or 'x' or '-' or 'a' or 'u' or 'd')
        {
            length++;
        }

        if (length == 2 || cursor.Peek(length) is not (')' or ':'))
        {
            return false;
        }

        var before = (ignoreCase, dotAll, extended);
        var on = true;
        for (var i = 2; i < length; i++)
        {
            switch (cursor.Peek(i))
            {
                case '-': on = false; break;
                case 'i': ignoreCase = on; break;
                case 'm': dotAll = on; break;
                case 'x': extended = on; break;
                case 'u': break;
                default: throw cursor.Error("option is not supported");
            }
        }

        var inline = cursor.Peek(length) == ')';
        cursor.At += length + 1;
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
        if (!cursor.Take(")"))
        {
            throw cursor.Error("group is not closed");
        }
    }

    private PatternNode Atom()
    {
        var c = source[cursor.At];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                {
                    var set = classes.Read(ref cursor.At, ignoreCase);
                    return new PatternNode.Set(set);
                }

            case '.':
                cursor.At++;
                return new PatternNode.Set(dotAll ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^':
                cursor.At++;
                return new PatternNode.Anchor(AnchorKind.LineStart);
            case '$':
                cursor.At++;
                return new PatternNode.Anchor(AnchorKind.LineEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw cursor.Error("nothing to repeat");
            default:
                cursor.At++;
                return new PatternNode.Literal([c], ignoreCase);
        }
    }

    private PatternNode Group()
    {
        cursor.At++;
        var before = (ignoreCase, dotAll, extended);
        PatternNode result;
        if (cursor.Take("?:"))
        {
            result = Choices();
        }
        else if (cursor.Take("?>"))
        {
            result = new PatternNode.Atomic(Choices());
        }
        else if (cursor.Take("?="))
        {
            result = new PatternNode.Look(Choices(), false, false);
        }
        else if (cursor.Take("?!"))
        {
            result = new PatternNode.Look(Choices(), false, true);
        }
        else if (cursor.Take("?<="))
        {
            result = new PatternNode.Look(Choices(), true, false);
        }
        else if (cursor.Take("?<!"))
        {
            result = new PatternNode.Look(Choices(), true, true);
        }
        else if (cursor.Take("?<") || cursor.Take("?'") || cursor.Take("?P<"))
        {
            var number = ++groups;
            names[Name(source[cursor.At - 1] == '<' ? '>' : '\'')] = number;
            result = new PatternNode.Capture(Choices(), number);
        }
        else if (cursor.Peek() == '?')
        {
            throw cursor.Error("group is not supported");
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
        var start = cursor.At;
        while (cursor.More && cursor.Peek() != close)
        {
            cursor.At++;
        }

        if (!cursor.More || cursor.At == start)
        {
            throw cursor.Error("group name is not closed");
        }

        return CodePoints.ToText(source.AsSpan(start, cursor.At++ - start));
    }

    private PatternNode Escape()
    {
        switch (cursor.Peek(1))
        {
            case 'A': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.TextStart);
            case 'z': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.TextEnd);
            case 'Z': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.TextEndOrFinalNewline);
            case 'b': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.WordBoundary);
            case 'B': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.NotWordBoundary);
            case 'G': cursor.At += 2; return new PatternNode.Anchor(AnchorKind.SearchStart);
            case 'R':
                cursor.At += 2;
                return new PatternNode.Atomic(new PatternNode.Alternation([new PatternNode.Literal([13, 10], false), new PatternNode.Set(CodePointSet.Range(10, 13).Union(CodePointSet.Of(0x85, 0x2028, 0x2029)))]));
            case 'N': cursor.At += 2; return new PatternNode.Set(CodePointSet.Of('\n').Complement());
            case 'O': cursor.At += 2; return new PatternNode.Set(CodePointSet.All);
            case 'k':
                {
                    cursor.At += 2;
                    if (!cursor.Take("<") && !cursor.Take("'"))
                    {
                        throw cursor.Error("back-reference without a name");
                    }

                    var name = Name(source[cursor.At - 1] == '<' ? '>' : '\'');
                    return names.TryGetValue(name, out var named) || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out named)
                        ? Reference(named)
                        : throw cursor.Error("unknown group " + name);
                }

            case >= '1' and <= '9':
                {
                    var before = cursor.At;
                    cursor.At++;
                    var number = cursor.Number(MaxReference);
                    if (number <= 9 || number <= groups)
                    {
                        return Reference(number);
                    }

                    cursor.At = before;
                    break;
                }

            case 'X' or 'K' or 'g' or 'y' or 'Y':
                throw cursor.Error("\\" + (char)cursor.Peek(1) + " is not supported");
        }

        var set = classes.EscapedSet(ref cursor.At);
        return set is not null
            ? new PatternNode.Set(ignoreCase ? CaseFolding.Close(set) : set)
            : new PatternNode.Literal([classes.EscapedCodePoint(ref cursor.At)], ignoreCase);
    }

    private PatternNode.BackReference Reference(int number) => number > groups || number < 1 ? throw cursor.Error("back-reference to a group that does not stand before it") : new(number, ignoreCase);
}
