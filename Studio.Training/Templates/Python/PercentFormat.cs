using System.Globalization;
using System.Numerics;
using System.Text;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>The <c>%</c> operator on text.</summary>
internal static class PercentFormat
{
    private const int MaxNumber = 1 << 30;

    public static object Apply(RenderState state, object? format, object? values)
    {
        var escape = format is Markup;
        var text = PythonText.AsText(format)!;
        var result = new StringBuilder();
        var positional = values is TupleValue tuple ? tuple.Items : [values];
        var place = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] != '%')
            {
                var next = text.IndexOf('%', at);
                next = next < 0 ? text.Length : next;
                result.Append(text, at, next - at);
                at = next;
                continue;
            }

            at++;
            object? named = Arguments.Missing;
            if (at < text.Length && text[at] == '(')
            {
                named = Named(text, ref at, values);
            }

            var flags = "";
            for (; at < text.Length && "-+ #0".Contains(text[at], StringComparison.Ordinal); at++)
            {
                flags += text[at];
            }

            var width = Number(text, ref at, Next);
            if (width < 0)
            {
                (flags, width) = (flags + "-", -width);
            }

            var precision = -1;
            if (at < text.Length && text[at] == '.')
            {
                at++;
                precision = Math.Max(0, Number(text, ref at, Next));
            }

            for (; at < text.Length && text[at] is 'h' or 'l' or 'L'; at++)
            {
                // Length modifiers of C mean nothing here.
            }

            if (at == text.Length)
            {
                throw TemplateException.Value("incomplete format");
            }

            var kind = text[at++];
            state.CheckText(result.Length + (long)width + Math.Max(0, precision));
            result.Append(kind == '%' ? "%" : One(named == Arguments.Missing ? Next() : named, kind, flags, width, precision, escape, at - 1));
            state.CheckText(result.Length);
        }

        if (place < positional.Length && values is not (DictValue or ListValue or RangeValue or UndefinedValue))
        {
            throw TemplateException.Type("not all arguments converted during string formatting");
        }

        return escape ? new Markup(result.ToString()) : result.ToString();

        object? Next() => place < positional.Length ? positional[place++] : throw TemplateException.Type("not enough arguments for format string");
    }

    private static object? Named(string text, ref int at, object? values)
    {
        var open = 0;
        var start = at + 1;
        for (; at < text.Length; at++)
        {
            open += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
            if (open == 0)
            {
                break;
            }
        }

        if (at == text.Length)
        {
            throw TemplateException.Value("incomplete format key");
        }

        var name = text[start..at++];
        return values is not DictValue dict ? throw TemplateException.Type("format requires a mapping")
            : dict.TryGet(name, out var value) ? value : throw TemplateException.Key(PythonText.Repr(name));
    }

    private static int Number(string text, ref int at, Func<object?> next)
    {
        if (at < text.Length && text[at] == '*')
        {
            at++;
            var value = next();
            return Numbers.IsInteger(value) ? (int)Math.Clamp(Numbers.Index(value), -MaxNumber, MaxNumber) : throw TemplateException.Type("* wants int");
        }

        var number = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            number = (int)Math.Min(MaxNumber, (number * 10L) + text[at] - '0');
        }

        return number;
    }

    private static string One(object? value, char kind, string flags, int width, int precision, bool escape, int index)
    {
        var left = flags.Contains('-', StringComparison.Ordinal);
        var zero = flags.Contains('0', StringComparison.Ordinal) && !left;
        var alternate = flags.Contains('#', StringComparison.Ordinal);
        string sign = "", body;
        switch (kind)
        {
            case 's' or 'r' or 'a':
                body = kind == 's' ? PythonText.Str(value) : PythonText.Repr(value);
                body = kind == 'a' ? PythonJson.Ascii(body) : body;
                body = precision >= 0 ? CodePoints.Head(body, precision) : body;
                body = escape && value is not Markup ? Html.EscapeText(body) : body;
                zero = false;
                break;
            case 'c':
                body = PythonText.AsText(value) is { } one && CodePoints.Count(one) == 1 ? one
                    : Numbers.IsInteger(value) && Numbers.Index(value) is >= 0 and < 0x110000 and var code ? CodePoints.FromNumber((int)code)
                    : throw TemplateException.Type("%c requires int or char");
                zero = false;
                break;
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                var number = Integer(value, kind);
                var magnitude = BigInteger.Abs(number);
                body = kind switch
                {
                    'x' => FormatSpec.InBase(magnitude, 16),
                    'X' => FormatSpec.InBase(magnitude, 16).ToUpperInvariant(),
                    'o' => FormatSpec.InBase(magnitude, 8),
                    _ => magnitude.ToString(CultureInfo.InvariantCulture),
                };
                body = body.PadLeft(Math.Max(0, precision), '0');
                sign = SignOf(number.Sign < 0, flags) + (alternate && kind is 'x' or 'X' or 'o' ? "0" + kind : "");
                break;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (value is UndefinedValue undefined)
                {
                    throw undefined.Failure();
                }

                var real = Numbers.Double(value);
                body = double.IsFinite(real)
                    ? FloatFormat.Format(Math.Abs(real), kind, Math.Min(precision < 0 ? 6 : precision, FloatFormat.MaxPrecision), alternate)
                    : PythonText.Float(Math.Abs(real));
                sign = SignOf(double.IsNegative(real) && !double.IsNaN(real), flags);
                break;
            default:
                throw TemplateException.Value(string.Create(CultureInfo.InvariantCulture, $"unsupported format character '{kind}' (0x{(int)kind:x}) at index {index}"));
        }

        var missing = Math.Max(0, width - CodePoints.Count(sign) - CodePoints.Count(body));
        return left ? sign + body + new string(' ', missing) : zero ? sign + new string('0', missing) + body : new string(' ', missing) + sign + body;
    }

    private static BigInteger Integer(object? value, char kind) => value switch
    {
        UndefinedValue undefined => throw undefined.Failure(),
        double real when kind is 'd' or 'i' or 'u' && double.IsFinite(real) => new BigInteger(Math.Truncate(real)),
        _ when Numbers.IsInteger(value) => Numbers.Big(value),
        _ => throw TemplateException.Type($"%{kind} format: {(kind is 'd' or 'i' or 'u' ? "a real number" : "an integer")} is required, not {PythonTypes.NameOf(value)}"),
    };

    private static string SignOf(bool negative, string flags) =>
        negative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
}
