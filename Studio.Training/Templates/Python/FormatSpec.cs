using System.Globalization;
using System.Numerics;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>The format specification after the colon of <c>{:&gt;8.2f}</c>.</summary>
internal sealed record FormatSpec(string Fill, char Align, char Sign, bool Alternate, int Width, string Grouping, int Precision, char Type)
{
    private const int MaxWidth = 1 << 20;

    public static string Apply(RenderState state, object? value, string text)
    {
        if (text.Length == 0)
        {
            return PythonText.Str(value);
        }

        if (value is not (string or Markup or bool or long or double or BigInteger))
        {
            throw value is UndefinedValue or null or SequenceValue or DictValue
                ? TemplateException.Type($"unsupported format string passed to {PythonTypes.NameOf(value)}.__format__")
                : TemplateException.Type($"{PythonTypes.NameOf(value)} cannot be formatted");
        }

        var spec = Parse(text, value);
        state.CheckText(spec.Width);
        return value is string or Markup ? spec.OfText(PythonText.AsText(value)!) : spec.OfNumber(value!);
    }

    private static FormatSpec Parse(string text, object? value)
    {
        var at = 0;
        var (fill, align, zero) = (" ", '\0', false);
        var width = text.Length > 0 ? CodePoints.WidthAt(text, 0) : 0;
        if (text.Length > width && text[width] is '<' or '>' or '=' or '^')
        {
            (fill, align, at) = (text[..width], text[width], width + 1);
        }
        else if (text[0] is '<' or '>' or '=' or '^')
        {
            (align, at) = (text[0], 1);
        }

        var sign = Take("+- ");
        var noNegativeZero = Take("z");
        var alternate = Take("#") != '\0';
        if (at < text.Length && text[at] == '0')
        {
            zero = true;
            at++;
        }

        var wanted = Number();
        var grouping = Take(",_");
        var precision = -1;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            var before = at;
            precision = Number();
            if (at == before)
            {
                throw TemplateException.Value("Format specifier missing precision");
            }
        }

        var type = at < text.Length ? text[at++] : '\0';
        if (at != text.Length || noNegativeZero != '\0')
        {
            throw TemplateException.Value($"Invalid format specifier '{text}' for object of type '{PythonTypes.NameOf(value)}'");
        }

        if (zero && align == '\0')
        {
            (fill, align) = ("0", value is string or Markup ? '<' : '=');
        }
        else if (zero && fill == " ")
        {
            fill = "0";
        }

        return new FormatSpec(fill, align, sign, alternate, wanted, grouping == '\0' ? "" : grouping.ToString(), precision, type);

        char Take(string set) => at < text.Length && set.Contains(text[at], StringComparison.Ordinal) ? text[at++] : '\0';

        int Number()
        {
            var number = 0;
            for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
            {
                number = (number * 10) + text[at] - '0';
                if (number > MaxWidth)
                {
                    throw TemplateException.Value("Too many decimal digits in format string");
                }
            }

            return number;
        }
    }

    private string OfText(string text)
    {
        if (Type is not ('\0' or 's') || Sign != '\0' || Align == '=' || Grouping.Length > 0 || Alternate)
        {
            throw TemplateException.Value($"Unknown format code '{(Type == '\0' ? '=' : Type)}' for object of type 'str'");
        }

        return Padded("", Precision < 0 ? text : CodePoints.Head(text, Precision), '<');
    }

    private string OfNumber(object value)
    {
        var integral = value is not double;
        if (integral && Type is '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c')
        {
            return OfInteger(Numbers.Big(value));
        }

        if (Type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
        {
            throw TemplateException.Value($"Unknown format code '{Type}' for object of type '{PythonTypes.NameOf(value)}'");
        }

        var number = Numbers.Double(value);
        var negative = double.IsNegative(number) && !double.IsNaN(number);
        var percent = Type == '%';
        var magnitude = Math.Abs(percent ? number * 100 : number);
        string body;
        if (!double.IsFinite(magnitude))
        {
            body = double.IsNaN(magnitude) ? "nan" : "inf";
            body = char.IsUpper(Type) ? body.ToUpperInvariant() : body;
        }
        else if (Type == '\0' && Precision < 0)
        {
            body = PythonText.Float(magnitude);
        }
        else if (Type == '\0')
        {
            // Like 'g', but with at least one digit after the point.
            body = FloatFormat.Format(magnitude, 'g', Math.Max(1, Precision), Alternate);
            body = body.Contains('.', StringComparison.Ordinal) || body.Contains('e', StringComparison.Ordinal) ? body : body + ".0";
        }
        else
        {
            body = FloatFormat.Format(magnitude, percent ? 'f' : Type == 'n' ? 'g' : Type, Precision < 0 ? 6 : Precision, Alternate);
        }

        if (Grouping.Length > 0)
        {
            var end = body.AsSpan().IndexOfAnyExceptInRange('0', '9');
            end = end < 0 ? body.Length : end;
            body = FloatFormat.Group(body[..end], Grouping, 3) + body[end..];
        }

        return Padded(SignOf(negative), body + (percent ? "%" : ""), '>');
    }

    private string OfInteger(BigInteger number)
    {
        if (Precision >= 0)
        {
            throw TemplateException.Value("Precision not allowed in integer format specifier");
        }

        if (Type == 'c')
        {
            return number >= 0 && number < 0x110000 ? Padded("", CodePoints.FromNumber((int)number), '<') : throw TemplateException.Overflow("%c arg not in range(0x110000)");
        }

        var magnitude = BigInteger.Abs(number);
        var (digits, prefix) = Type switch
        {
            'b' => (InBase(magnitude, 2), "0b"),
            'o' => (InBase(magnitude, 8), "0o"),
            'x' => (InBase(magnitude, 16), "0x"),
            'X' => (InBase(magnitude, 16).ToUpperInvariant(), "0X"),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), ""),
        };
        if (Grouping.Length > 0)
        {
            digits = FloatFormat.Group(digits, Grouping, prefix.Length > 0 ? 4 : 3);
        }

        return Padded(SignOf(number.Sign < 0) + (Alternate ? prefix : ""), digits, '>');
    }

    public static string InBase(BigInteger magnitude, int radix)
    {
        if (magnitude.IsZero)
        {
            return "0";
        }

        var digits = new List<char>();
        for (; !magnitude.IsZero; magnitude /= radix)
        {
            digits.Add("0123456789abcdef"[(int)(magnitude % radix)]);
        }

        digits.Reverse();
        return new string([.. digits]);
    }

    private string SignOf(bool negative) => negative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";

    private string Padded(string sign, string body, char usual)
    {
        var missing = Width - CodePoints.Count(sign) - CodePoints.Count(body);
        if (missing <= 0)
        {
            return sign + body;
        }

        if (Align == '=' && Fill == "0" && Grouping.Length > 0)
        {
            return sign + ZeroGrouped(body, Width - sign.Length);
        }

        var left = (Align == '\0' ? usual : Align) switch
        {
            '<' => 0,
            '^' => missing / 2,
            '=' => -1,
            _ => missing,
        };
        var pad = string.Concat(Enumerable.Repeat(Fill, left < 0 ? missing : left));
        return left < 0 ? sign + pad + body : pad + sign + body + string.Concat(Enumerable.Repeat(Fill, missing - left));
    }

    // Zeros that fill a grouped number are grouped too, and never start with a separator.
    private string ZeroGrouped(string body, int width)
    {
        var end = body.AsSpan().IndexOfAnyExcept("0123456789,_");
        var (digits, tail) = end < 0 ? (body, "") : (body[..end], body[end..]);
        var plain = digits.Replace(Grouping, "", StringComparison.Ordinal);
        var size = Type is 'b' or 'o' or 'x' or 'X' ? 4 : 3;
        while (FloatFormat.Group(plain, Grouping, size).Length + tail.Length < width)
        {
            plain = "0" + plain;
        }

        return FloatFormat.Group(plain, Grouping, size) + tail;
    }
}
