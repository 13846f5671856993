using System.Globalization;
using System.Numerics;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>
/// Cuts a template into tokens, with the environment of chat templates: <c>trim_blocks</c> and <c>lstrip_blocks</c> on, one final line end dropped.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] operators = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string source;
    private readonly List<Token> tokens = [];
    private readonly Stack<char> brackets = new();
    private int at;
    private int line = 1;

    // True when the last thing read ended a line; text at the very start of the template counts.
    private bool lineStarting = true;

    private Lexer(string source) => this.source = source;

    public static List<Token> Read(string template)
    {
        var text = template.Contains('\r', StringComparison.Ordinal)
            ? template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
            : template;
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadText();
        lexer.Add(TokenKind.End, "");
        return lexer.tokens;
    }

    private void ReadText()
    {
        while (at < source.Length)
        {
            var open = NextOpening(at);
            if (open < 0)
            {
                AddData(source[at..]);
                at = source.Length;
                return;
            }

            var text = source[at..open];
            var kind = source[open + 1];
            var sign = open + 2 < source.Length && source[open + 2] is '-' or '+' ? source[open + 2] : '\0';
            var raw = kind == '%' ? RawBegin(open + (sign == '\0' ? 2 : 3)) : -1;
            AddData(StripBefore(text, sign, isVariable: kind == '{'));
            CountLines(text, 0);
            if (raw >= 0)
            {
                Advance(open, raw);
                ReadRaw();
                continue;
            }

            Advance(open, open + (sign == '\0' ? 2 : 3));
            switch (kind)
            {
                case '#':
                    ReadComment();
                    break;
                case '%':
                    Add(TokenKind.BlockBegin, "{%");
                    ReadCode(TokenKind.BlockEnd, '%');
                    break;
                default:
                    Add(TokenKind.VariableBegin, "{{");
                    ReadCode(TokenKind.VariableEnd, '}');
                    break;
            }
        }
    }

    private int NextOpening(int from)
    {
        for (; (from = source.IndexOf('{', from)) >= 0 && from + 1 < source.Length; from++)
        {
            if (source[from + 1] is '%' or '{' or '#')
            {
                return from;
            }
        }

        return -1;
    }

    /// <summary>The end of <c>raw %}</c> at a place, or -1.</summary>
    private int RawBegin(int from)
    {
        from = SkipSpace(from);
        if (!source.AsSpan(from).StartsWith("raw"))
        {
            return -1;
        }

        from = SkipSpace(from + 3);
        return At(from, "-%}") ? SkipSpace(from + 3) : At(from, "%}") ? from + 2 : -1;
    }

    private void ReadRaw()
    {
        for (var open = at; (open = source.IndexOf("{%", open, StringComparison.Ordinal)) >= 0; open += 2)
        {
            var sign = open + 2 < source.Length && source[open + 2] is '-' or '+' ? source[open + 2] : '\0';
            var name = SkipSpace(open + (sign == '\0' ? 2 : 3));
            if (!source.AsSpan(name).StartsWith("endraw"))
            {
                continue;
            }

            var end = TagEnd(SkipSpace(name + 6), '%', trims: true);
            if (end < 0)
            {
                continue;
            }

            var text = source[at..open];
            AddData(StripBefore(text, sign, isVariable: false));
            CountLines(text, 0);
            Advance(open, end);
            return;
        }

        throw TemplateException.Syntax("Missing end of raw directive", line);
    }

    private void ReadComment()
    {
        var close = source.IndexOf("#}", at, StringComparison.Ordinal);
        if (close < 0)
        {
            throw TemplateException.Syntax("Missing end of comment tag", line);
        }

        var signed = close > at && source[close - 1] is '-' or '+' ? close - 1 : close;
        Advance(at, TagEnd(signed, '#', trims: true));
    }

    /// <summary>End of a closing tag with its sign and the whitespace it takes with it; -1 when there is none at the place.</summary>
    private int TagEnd(int from, char kind, bool trims)
    {
        if (At(from, "-" + kind + "}"))
        {
            return SkipSpace(from + 3);
        }

        if (trims && At(from, "+" + kind + "}"))
        {
            return from + 3;
        }

        return !At(from, kind + "}") ? -1 : trims && At(from + 2, "\n") ? from + 3 : from + 2;
    }

    private void ReadCode(TokenKind endKind, char closing)
    {
        while (true)
        {
            if (brackets.Count == 0 && TagEnd(at, closing, trims: endKind == TokenKind.BlockEnd) is >= 0 and var end)
            {
                Add(endKind, source[at..end]);
                Advance(at, end);
                return;
            }

            if (at >= source.Length)
            {
                // The parser reports what it was waiting for.
                return;
            }

            var c = source[at];
            if (Whitespace.Is(c))
            {
                Advance(at, SkipSpace(at));
            }
            else if (IsDigit(at))
            {
                ReadNumber();
            }
            else if (IsWord(at))
            {
                ReadName();
            }
            else if (c is '\'' or '"')
            {
                ReadString(c);
            }
            else
            {
                ReadOperator();
            }
        }
    }

    private void ReadNumber()
    {
        var end = Digits(at);
        var real = end;
        if (end < source.Length && source[end] == '.' && IsDigit(end + 1))
        {
            real = Digits(end + 1);
        }

        if (real < source.Length && source[real] is 'e' or 'E')
        {
            var exponent = real + 1 < source.Length && source[real + 1] is '+' or '-' ? real + 2 : real + 1;
            real = IsDigit(exponent) ? Digits(exponent) : real;
        }

        // "a.0.5" is two indexes: what follows a dot is never a fraction.
        if (real > end && (at == 0 || source[at - 1] != '.'))
        {
            var text = source[at..real].Replace("_", "", StringComparison.Ordinal);
            AddNumber(double.Parse(text, CultureInfo.InvariantCulture), real);
            return;
        }

        var radix = source[at] != '0' || at + 1 >= source.Length ? 10 : char.ToLowerInvariant(source[at + 1]) switch { 'b' => 2, 'o' => 8, 'x' => 16, _ => 10 };
        if (radix != 10)
        {
            var value = BigInteger.Zero;
            var any = false;
            end = at + 2;
            for (; end < source.Length; end++)
            {
                var from = source[end] == '_' ? end + 1 : end;
                var digit = from < source.Length && char.IsAsciiHexDigit(source[from]) ? Convert.ToInt32(source[from].ToString(), 16) : radix;
                if (digit >= radix)
                {
                    break;
                }

                (value, any, end) = ((value * radix) + digit, true, from);
            }

            if (any)
            {
                AddNumber(Numbers.Of(value), end);
                return;
            }
        }

        end = source[at] == '0' ? Zeros(at) : Digits(at);
        AddNumber(Numbers.Of(BigInteger.Parse(AsciiDigits(source[at..end].Replace("_", "", StringComparison.Ordinal)), CultureInfo.InvariantCulture)), end);
    }

    private void AddNumber(object value, int end)
    {
        tokens.Add(new Token(TokenKind.Number, source[at..end], value, line));
        Advance(at, end);
    }

    private void ReadName()
    {
        var end = at;
        while (end < source.Length && IsWord(end))
        {
            end += CodePoints.WidthAt(source, end);
        }

        var name = source[at..end];
        if (!UnicodeText.IsIdentifier(name))
        {
            throw TemplateException.Syntax("Invalid character in identifier", line);
        }

        // Names are compared by reference when variables are looked up.
        Add(TokenKind.Name, string.Intern(name));
        Advance(at, end);
    }

    private void ReadString(char quote)
    {
        var end = at + 1;
        while (end < source.Length && source[end] != quote)
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        if (end >= source.Length)
        {
            throw TemplateException.Syntax($"unexpected char {PythonText.Repr(quote.ToString())} at {at}", line);
        }

        Add(TokenKind.String, StringLiteral.Decode(source[(at + 1)..end], line));
        Advance(at, end + 1);
    }

    private void ReadOperator()
    {
        var found = Array.Find(operators, sign => At(at, sign))
            ?? throw TemplateException.Syntax($"unexpected char {PythonText.Repr(source.Substring(at, CodePoints.WidthAt(source, at)))} at {at}", line);
        switch (found[0])
        {
            case '{' or '(' or '[':
                brackets.Push(found[0] switch { '{' => '}', '(' => ')', _ => ']' });
                break;
            case '}' or ')' or ']' when brackets.Count == 0:
                throw TemplateException.Syntax($"unexpected '{found}'", line);
            case '}' or ')' or ']':
                var expected = brackets.Pop();
                if (expected != found[0])
                {
                    throw TemplateException.Syntax($"unexpected '{found}', expected '{expected}'", line);
                }

                break;
        }

        Add(TokenKind.Operator, found);
        Advance(at, at + found.Length);
    }

    private string StripBefore(string text, char sign, bool isVariable)
    {
        if (sign == '-')
        {
            return Whitespace.TrimEnd(text);
        }

        if (sign == '+' || isVariable)
        {
            return text;
        }

        var start = text.LastIndexOf('\n') + 1;
        return (start > 0 || lineStarting) && text.AsSpan(start).IndexOfAnyExcept(Whitespace.Characters) < 0 ? text[..start] : text;
    }

    private void AddData(string text)
    {
        if (text.Length > 0)
        {
            Add(TokenKind.Data, text);
        }
    }

    private void Add(TokenKind kind, string text) => tokens.Add(new Token(kind, text, null, line));

    /// <summary>Moves on; whether the piece passed over ended a line decides what counts as "first on its line" next.</summary>
    private void Advance(int from, int to)
    {
        CountLines(source, from, to);
        lineStarting = to > from ? source[to - 1] == '\n' : lineStarting;
        at = to;
    }

    private void CountLines(string text, int from, int to = -1) => line += text.AsSpan(from, (to < 0 ? text.Length : to) - from).Count('\n');

    private bool At(int place, string text) => place >= 0 && place < source.Length && string.CompareOrdinal(source, place, text, 0, text.Length) == 0;

    private int SkipSpace(int from)
    {
        while (from < source.Length && Whitespace.Is(source[from]))
        {
            from++;
        }

        return from;
    }

    private bool IsDigit(int place) => place < source.Length && (char.IsAsciiDigit(source[place]) || (source[place] > 127 && char.IsDigit(source[place])));

    private bool IsWord(int place)
    {
        var c = source[place];
        if (char.IsAsciiLetterOrDigit(c) || c == '_')
        {
            return true;
        }

        var value = char.IsSurrogate(c) && CodePoints.WidthAt(source, place) == 2 ? char.ConvertToUtf32(c, source[place + 1]) : c;
        return c > 127 && (UnicodeText.IsAlpha(value) || UnicodeText.IsDecimal(value) || UnicodeText.IsNumeric(value));
    }

    private int Digits(int from)
    {
        while (IsDigit(from) || (from < source.Length && source[from] == '_' && IsDigit(from + 1)))
        {
            from++;
        }

        return from;
    }

    private int Zeros(int from)
    {
        while (At(from, "0") || (At(from, "_") && At(from + 1, "0")))
        {
            from++;
        }

        return from;
    }

    private static string AsciiDigits(string text) => string.Concat(text.Select(c => char.IsAsciiDigit(c) ? c : (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c))));
}
