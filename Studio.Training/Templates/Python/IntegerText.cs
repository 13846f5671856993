using System.Globalization;
using System.Numerics;

namespace Studio.Training.Templates.Python;

/// <summary>Numbers in text as <c>int()</c> and <c>float()</c> read them.</summary>
internal static class IntegerText
{
    private const int MaxDigits = 4300;

    public static bool TryParse(string text, long radix, out BigInteger value)
    {
        value = BigInteger.Zero;
        if (radix is not (0 or (>= 2 and <= 36)))
        {
            return false;
        }

        var digits = Whitespace.Trim(text);
        var negative = digits.StartsWith('-');
        digits = negative || digits.StartsWith('+') ? digits[1..] : digits;
        var prefix = digits.Length > 1 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) switch { 'b' => 2, 'o' => 8, 'x' => 16, _ => 0 } : 0;
        if (prefix != 0 && (radix == 0 || radix == prefix))
        {
            (radix, digits) = (prefix, digits[2..].StartsWith('_') ? digits[3..] : digits[2..]);
        }
        else if (radix == 0)
        {
            radix = 10;
            if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().IndexOfAnyExcept("0_") >= 0)
            {
                return false;
            }
        }

        if (digits.Length == 0 || digits.Length > MaxDigits || digits[0] == '_' || digits[^1] == '_' || digits.Contains("__", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var (point, _, _) in CodePoints.Each(digits))
        {
            if (point == '_')
            {
                continue;
            }

            var digit = point < 128 && char.IsAsciiLetter((char)point) ? char.ToLowerInvariant((char)point) - 'a' + 10 : UnicodeText.DecimalValue(point);
            if (digit < 0 || digit >= radix)
            {
                return false;
            }

            value = (value * radix) + digit;
        }

        value = negative ? -value : value;
        return true;
    }

    public static bool TryParseFloat(string text, out double value)
    {
        value = 0;
        text = Whitespace.Trim(text).ToLowerInvariant();
        var sign = text.StartsWith('-') ? -1.0 : 1.0;
        var body = text.Length > 0 && text[0] is '+' or '-' ? text[1..] : text;
        switch (body)
        {
            case "inf" or "infinity":
                value = sign * double.PositiveInfinity;
                return true;
            case "nan":
                value = double.NaN;
                return true;
        }

        // An underscore may stand between two digits only.
        for (var at = body.IndexOf('_', StringComparison.Ordinal); at >= 0; at = body.IndexOf('_', at + 1))
        {
            if (at == 0 || at == body.Length - 1 || !char.IsDigit(body[at - 1]) || !char.IsDigit(body[at + 1]))
            {
                return false;
            }
        }

        body = string.Concat(body.Replace("_", "", StringComparison.Ordinal).Select(c => c > 127 && char.IsDigit(c) ? (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c)) : c));
        if (body.Length == 0 || body[0] is '+' or '-' || !double.TryParse(body, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        value *= sign;
        return true;
    }
}
