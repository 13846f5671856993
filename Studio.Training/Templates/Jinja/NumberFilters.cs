using System.Globalization;
using System.Numerics;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Filters on numbers.</summary>
internal static class NumberFilters
{
    public static readonly Filter[] All =
    [
        Filter.Simple("abs", (_, value) => Abs(value)),
        Filter.With("int", ["default", "base"], 0, (_, value, given) => ToInteger(value, Filters.Given(given[0]) ? given[0] : 0L, Filters.Integer(given[1], 10))),
        Filter.With("float", ["default"], 0, (_, value, given) => TryFloat(value, out var number) ? number : Filters.Given(given[0]) ? given[0] : 0.0),
        Filter.With("round", ["precision", "method"], 0, Round),
        Filter.With("filesizeformat", ["binary"], 0, (_, value, given) => FileSize(value, Filters.Flag(given[0]))),
    ];

    private static object? Abs(object? value) => value switch
    {
        double number => Math.Abs(number),
        long or bool or BigInteger => Numbers.Of(BigInteger.Abs(Numbers.Big(value))),
        _ => throw TemplateException.Type($"bad operand type for abs(): '{PythonTypes.NameOf(value)}'"),
    };

    private static object? ToInteger(object? value, object? usual, long radix)
    {
        if (PythonText.AsText(value) is { } text && IntegerText.TryParse(text, radix, out var integer))
        {
            return Numbers.Of(integer);
        }

        return value switch
        {
            long or BigInteger => value,
            bool flag => flag ? 1L : 0L,
            double number when double.IsFinite(number) => Numbers.Of(new BigInteger(Math.Truncate(number))),
            double number when double.IsInfinity(number) => throw TemplateException.Overflow("cannot convert float infinity to integer"),
            UndefinedValue undefined => throw undefined.Failure(),
            string or Markup when TryFloat(value, out var number) && double.IsFinite(number) => Numbers.Of(new BigInteger(Math.Truncate(number))),
            _ => usual,
        };
    }

    private static bool TryFloat(object? value, out double number)
    {
        switch (value)
        {
            case UndefinedValue undefined:
                throw undefined.Failure();
            case string or Markup:
                return IntegerText.TryParseFloat(PythonText.AsText(value)!, out number);
            case bool or long or double or BigInteger:
                number = Numbers.Double(value);
                return true;
            default:
                number = 0;
                return false;
        }
    }

    private static object? Round(RenderState state, object? value, object?[] given)
    {
        var precision = (int)Math.Clamp(Filters.Integer(given[0], 0), -400, 400);
        var method = Filters.Given(given[1]) ? given[1] as string : "common";
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw TemplateException.Argument("method must be common, ceil or floor");
        }

        if (method != "common" && value is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        if (!Numbers.IsNumber(value))
        {
            throw TemplateException.Type($"type {PythonTypes.NameOf(value)} doesn't define __round__ method");
        }

        if (method == "common")
        {
            return value is double real ? FloatFormat.Round(real, precision) : RoundInteger(Numbers.Big(value), precision);
        }

        var scale = PythonOperators.Power(10L, (long)precision);
        var scaled = PythonOperators.Multiply(state, value, scale);
        var whole = scaled is double number
            ? double.IsFinite(number) ? Numbers.Of(new BigInteger(method == "ceil" ? Math.Ceiling(number) : Math.Floor(number))) : throw TemplateException.Overflow("cannot convert float infinity to integer")
            : scaled;
        return PythonOperators.Divide(whole, scale);
    }

    private static object RoundInteger(BigInteger value, int precision)
    {
        if (precision >= 0)
        {
            return Numbers.Of(value);
        }

        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out var rest);
        var twice = (rest * 2).CompareTo(unit);
        quotient += twice > 0 || (twice == 0 && !quotient.IsEven) ? 1 : 0;
        return Numbers.Of(quotient * unit * value.Sign);
    }

    private static string FileSize(object? value, bool binary)
    {
        if (!TryFloat(value, out var bytes))
        {
            throw PythonText.AsText(value) is null
                ? TemplateException.Type($"float() argument must be a string or a real number, not '{PythonTypes.NameOf(value)}'")
                : TemplateException.Value($"could not convert string to float: {PythonText.Repr(value)}");
        }

        var size = binary ? 1024.0 : 1000.0;
        if (bytes == 1)
        {
            return "1 Byte";
        }

        if (bytes < size)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(long)bytes} Bytes");
        }

        var prefixes = "kMGTPEZY";
        var unit = size;
        var place = 0;
        while (place < prefixes.Length - 1 && bytes >= unit * size)
        {
            unit *= size;
            place++;
        }

        var prefix = binary ? char.ToUpperInvariant(prefixes[place]) + "i" : prefixes[place].ToString();
        return $"{FloatFormat.Fixed(bytes / unit, 1)} {prefix}B";
    }
}
