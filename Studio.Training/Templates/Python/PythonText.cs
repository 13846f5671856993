using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary><c>str()</c> and <c>repr()</c>.</summary>
internal static class PythonText
{
    /// <summary>Longest text that printing one value may give.</summary>
    private const int MaxLength = 4 << 20;

    /// <summary>The text of a str (or Markup), null for any other type.</summary>
    public static string? AsText(object? value) => value as string ?? (value as Markup)?.Text;

    public static string Str(object? value) => value switch
    {
        string text => text,
        Markup markup => markup.Text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        UndefinedValue => "",
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        switch (value)
        {
            case null:
                return "None";
            case bool b:
                return b ? "True" : "False";
            case double d:
                return Float(d);
            case string text:
                return Quote(text);
            case UndefinedValue:
                return "Undefined";
            default:
                var builder = new StringBuilder();
                Append(builder, value);
                return builder.ToString();
        }
    }

    /// <summary>A float as Python prints it: shortest digits that give the same number, always with a point or an exponent.</summary>
    public static string Float(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var (negative, digits, exponent) = ShortestDigits(value);
        var sign = negative ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Shortest round-trip digits without trailing zeros, and the power of ten of the first one.</summary>
    public static (bool Negative, string Digits, int Exponent) ShortestDigits(double value)
    {
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var negative = text[0] == '-';
        if (value == 0)
        {
            return (negative, "0", 0);
        }

        // "R" gives the digits in one of several layouts; only digits and the exponent matter.
        var mantissa = shortest.TrimStart('-');
        var exponent = 0;
        var e = mantissa.IndexOf('E', StringComparison.Ordinal);
        if (e >= 0)
        {
            exponent = int.Parse(mantissa.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa.Length : point;
        var digits = point < 0 ? mantissa : mantissa.Remove(point, 1);
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        return (negative, digits, exponent + whole - 1 - leading);
    }

    /// <summary>A string literal that Python would print for the text.</summary>
    public static string Quote(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var builder = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            _ = value switch
            {
                '\\' => builder.Append(@"\\"),
                '\n' => builder.Append(@"\n"),
                '\r' => builder.Append(@"\r"),
                '\t' => builder.Append(@"\t"),
                _ when value == quote => builder.Append('\\').Append(quote),
                >= ' ' and < 127 => builder.Append((char)value),
                _ when value >= 127 && UnicodeText.IsPrintable(value) => builder.Append(text, at, width),
                < 0x100 => builder.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
                < 0x10000 => builder.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
                _ => builder.Append(CultureInfo.InvariantCulture, $"\\U{value:x8}"),
            };
        }

        return builder.Append(quote).ToString();
    }

    private static void Append(StringBuilder builder, object? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (builder.Length > MaxLength)
        {
            throw TemplateException.Limit("The text of a value is longer than a template may print.");
        }

        switch (value)
        {
            case long number:
                builder.Append(number);
                break;
            case BigInteger number:
                builder.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case Markup markup:
                builder.Append("Markup(").Append(Quote(markup.Text)).Append(')');
                break;
            case ListValue list:
                AppendItems(builder, '[', list.Items, ']');
                break;
            case TupleValue tuple:
                AppendItems(builder, '(', tuple.Items, ')', tuple.Count == 1 ? "," : "");
                break;
            case DictValue dict:
                builder.Append('{');
                for (var i = 0; i < dict.Count; i++)
                {
                    builder.Append(i == 0 ? "" : ", ");
                    Append(builder, dict.KeyAt(i));
                    builder.Append(": ");
                    Append(builder, dict.ValueAt(i));
                }

                builder.Append('}');
                break;
            case DictView view:
                builder.Append(PythonTypes.NameOf(view)).Append('(');
                AppendItems(builder, '[', view.ToArray(), ']');
                builder.Append(')');
                break;
            case RangeValue range:
                builder.Append("range(").Append(range.Start).Append(", ").Append(range.Stop).Append(range.Step == 1 ? "" : $", {range.Step}").Append(')');
                break;
            case NamespaceValue names:
                builder.Append("<Namespace ");
                Append(builder, names.Attributes);
                builder.Append('>');
                break;
            case MacroValue macro:
                builder.Append(macro.MacroName is null ? "<Macro anonymous>" : $"<Macro {Quote(macro.MacroName)}>");
                break;
            case LoopContext loop:
                builder.Append("<LoopContext ").Append(loop.Index0 + 1).Append('/').Append(loop.Length).Append('>');
                break;
            case DictClass:
                builder.Append("<class 'dict'>");
                break;
            case MethodValue method:
                builder.Append("<built-in method ").Append(method.Name).Append(" of ").Append(PythonTypes.NameOf(method.Owner)).Append(" object>");
                break;
            case FunctionValue function:
                builder.Append("<function ").Append(function.Name).Append('>');
                break;
            case null or bool or double or string or UndefinedValue:
                builder.Append(Repr(value));
                break;
            default:
                builder.Append('<').Append(PythonTypes.NameOf(value)).Append(" object>");
                break;
        }
    }

    private static void AppendItems(StringBuilder builder, char open, object?[] items, char close, string tail = "")
    {
        builder.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            builder.Append(i == 0 ? "" : ", ");
            Append(builder, items[i]);
        }

        builder.Append(tail).Append(close);
    }
}
