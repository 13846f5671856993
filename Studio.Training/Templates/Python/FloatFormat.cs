using System.Globalization;
using System.Numerics;
using System.Text;

namespace Studio.Training.Templates.Python;

/// <summary>
/// Floats in fixed, scientific and general notation. Digits come from the exact value of the float and ties go to even, as in C; .NET rounds such ties away from zero.
/// </summary>
internal static class FloatFormat
{
    /// <summary>More digits than any float has.</summary>
    public const int MaxPrecision = 1200;

    /// <summary>'f', 'e', 'g' (or their capitals) without a sign; the value must be finite.</summary>
    public static string Format(double value, char kind, int precision, bool alternate = false)
    {
        var text = char.ToLowerInvariant(kind) switch
        {
            'f' => Fixed(value, precision),
            'e' => Scientific(value, precision, 'e'),
            _ => General(value, precision, alternate),
        };
        text = alternate && precision == 0 && !text.Contains('.', StringComparison.Ordinal) ? InsertPoint(text) : text;
        return char.IsUpper(kind) ? text.ToUpperInvariant() : text;
    }

    /// <summary>Correctly rounded to a number of decimals (also a negative one), as <c>round(value, digits)</c>.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 330)
        {
            return value;
        }

        if (digits < -310)
        {
            return Math.CopySign(0, value);
        }

        var (whole, scale) = Exact(value);
        var text = RoundAt(whole, scale, digits);
        return Math.CopySign(double.Parse(text + "E" + (-digits).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), value);
    }

    public static string Fixed(double value, int precision)
    {
        var (whole, scale) = Exact(value);
        var digits = RoundAt(whole, scale, precision).PadLeft(precision + 1, '0');
        return precision == 0 ? digits : digits[..^precision] + "." + digits[^precision..];
    }

    public static string Hex(double value)
    {
        if (!double.IsFinite(value))
        {
            return PythonText.Float(value);
        }

        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7ff);
        var mantissa = bits & 0xfffffffffffffL;
        var sign = bits < 0 ? "-" : "";
        return value == 0
            ? sign + "0x0.0p+0"
            : string.Create(CultureInfo.InvariantCulture, $"{sign}0x{(exponent == 0 ? 0 : 1)}.{mantissa:x13}p{(exponent == 0 ? -1022 : exponent - 1023):+0;-0;+0}");
    }

    public static TupleValue Ratio(double value)
    {
        if (!double.IsFinite(value))
        {
            throw double.IsNaN(value) ? TemplateException.Value("cannot convert NaN to integer ratio") : TemplateException.Overflow("cannot convert Infinity to integer ratio");
        }

        var (mantissa, exponent) = Parts(value);
        var (numerator, denominator) = exponent >= 0 ? (mantissa << exponent, BigInteger.One) : (mantissa, BigInteger.One << -exponent);
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator);
        return new TupleValue([Numbers.Of((value < 0 ? -numerator : numerator) / common), Numbers.Of(denominator / common)]);
    }

    private static string Scientific(double value, int precision, char letter)
    {
        var (digits, exponent) = Significant(value, precision + 1);
        var text = precision == 0 ? digits : digits[..1] + "." + digits[1..];
        return string.Create(CultureInfo.InvariantCulture, $"{text}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static string General(double value, int precision, bool alternate)
    {
        precision = Math.Max(1, precision);
        var (digits, exponent) = Significant(value, precision);
        var scientific = exponent < -4 || exponent >= precision;
        var text = scientific ? Scientific(value, precision - 1, 'e') : Fixed(value, precision - 1 - exponent);
        if (alternate || !text.Contains('.', StringComparison.Ordinal))
        {
            return text;
        }

        var e = text.IndexOf('e', StringComparison.Ordinal);
        var (mantissa, tail) = e < 0 ? (text, "") : (text[..e], text[e..]);
        return mantissa.TrimEnd('0').TrimEnd('.') + tail;
    }

    private static string InsertPoint(string text)
    {
        var e = text.IndexOf('e', StringComparison.Ordinal);
        return e < 0 ? text + "." : text.Insert(e, ".");
    }

    /// <summary>The first digits of the value, rounded, and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        var (whole, scale) = Exact(value);
        var exponent = whole.ToString(CultureInfo.InvariantCulture).Length - 1 - scale;
        var digits = RoundAt(whole, scale, count - 1 - exponent);
        if (digits.Length > count)
        {
            // Rounding up carried into a new digit.
            exponent++;
            digits = digits[..count];
        }

        return (digits, exponent);
    }

    /// <summary>|value| = whole / 10^scale, exactly.</summary>
    private static (BigInteger Whole, int Scale) Exact(double value)
    {
        var (mantissa, exponent) = Parts(value);
        return exponent >= 0 ? (mantissa << exponent, 0) : (mantissa * BigInteger.Pow(5, -exponent), -exponent);
    }

    private static (BigInteger Mantissa, int Exponent) Parts(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7ff);
        var mantissa = bits & 0xfffffffffffffL;
        return exponent == 0 ? (mantissa, -1074) : (mantissa | (1L << 52), exponent - 1075);
    }

    /// <summary>Digits of the value times 10^decimals, rounded half to even.</summary>
    private static string RoundAt(BigInteger whole, int scale, int decimals)
    {
        if (decimals >= scale)
        {
            return (whole * BigInteger.Pow(10, decimals - scale)).ToString(CultureInfo.InvariantCulture);
        }

        var unit = BigInteger.Pow(10, scale - decimals);
        var quotient = BigInteger.DivRem(whole, unit, out var rest);
        var twice = (rest * 2).CompareTo(unit);
        return (twice > 0 || (twice == 0 && !quotient.IsEven) ? quotient + 1 : quotient).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Puts a separator between groups of digits of a whole number's text.</summary>
    public static string Group(string digits, string separator, int size)
    {
        var builder = new StringBuilder(digits);
        for (var at = digits.Length - size; at > 0; at -= size)
        {
            builder.Insert(at, separator);
        }

        return builder.ToString();
    }
}
