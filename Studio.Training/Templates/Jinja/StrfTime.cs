using System.Globalization;
using System.Text;

namespace Studio.Training.Templates.Jinja;

/// <summary><c>strftime</c> with the C locale and the flags of the GNU C library (<c>%-d</c>).</summary>
internal static class StrfTime
{
    private static readonly string[] days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static string Format(RenderState state, string format)
    {
        var result = new StringBuilder();
        Append(result, state.Now, format);
        state.CheckText(result.Length);
        return result.ToString();
    }

    private static void Append(StringBuilder result, DateTime now, string format)
    {
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                result.Append(format[at]);
                continue;
            }

            var start = at++;
            var flag = '\0';
            for (; at < format.Length && format[at] is '-' or '_' or '0' or '^' or '#'; at++)
            {
                flag = format[at];
            }

            var width = 0;
            for (; at < format.Length && char.IsAsciiDigit(format[at]) && width < 1000; at++)
            {
                width = (width * 10) + format[at] - '0';
            }

            if (at == format.Length)
            {
                result.Append(format, start, at - start);
                return;
            }

            var field = Field(now, format[at]);
            result.Append(field is null ? format[start..(at + 1)] : Padded(field.Value, flag, width));
        }
    }

    private static string Padded((string Text, int Digits, char Pad) field, char flag, int width)
    {
        var (text, digits, pad) = field;
        if (digits == 0)
        {
            text = flag is '^' or '#' ? text.ToUpperInvariant() : text;
            return text.PadLeft(width, flag == '0' ? '0' : ' ');
        }

        pad = flag == '_' ? ' ' : flag == '0' ? '0' : pad;
        return flag == '-' ? text : text.PadLeft(Math.Max(digits, width), pad);
    }

    /// <summary>Text of a field, its usual number of digits (0 for text) and what fills them.</summary>
    private static (string Text, int Digits, char Pad)? Field(DateTime now, char letter)
    {
        var weekday = (int)now.DayOfWeek;
        return letter switch
        {
            'a' => (days[weekday][..3], 0, ' '),
            'A' => (days[weekday], 0, ' '),
            'b' or 'h' => (months[now.Month - 1][..3], 0, ' '),
            'B' => (months[now.Month - 1], 0, ' '),
            'c' => (Of("%a %b %e %H:%M:%S %Y"), 0, ' '),
            'C' => Number(now.Year / 100, 2),
            'd' => Number(now.Day, 2),
            'D' or 'x' => (Of("%m/%d/%y"), 0, ' '),
            'e' => Number(now.Day, 2, ' '),
            'f' => Number(now.Ticks % TimeSpan.TicksPerSecond / 10, 6),
            'F' => (Of("%Y-%m-%d"), 0, ' '),
            'G' => Number(ISOWeek.GetYear(now), 4),
            'g' => Number(ISOWeek.GetYear(now) % 100, 2),
            'H' => Number(now.Hour, 2),
            'I' => Number(((now.Hour + 11) % 12) + 1, 2),
            'j' => Number(now.DayOfYear, 3),
            'k' => Number(now.Hour, 2, ' '),
            'l' => Number(((now.Hour + 11) % 12) + 1, 2, ' '),
            'm' => Number(now.Month, 2),
            'M' => Number(now.Minute, 2),
            'n' => ("\n", 0, ' '),
            'p' => (now.Hour < 12 ? "AM" : "PM", 0, ' '),
            'P' => (now.Hour < 12 ? "am" : "pm", 0, ' '),
            'r' => (Of("%I:%M:%S %p"), 0, ' '),
            'R' => (Of("%H:%M"), 0, ' '),
            's' => Number((long)(now - DateTime.UnixEpoch).TotalSeconds, 1),
            'S' => Number(now.Second, 2),
            't' => ("\t", 0, ' '),
            'T' or 'X' => (Of("%H:%M:%S"), 0, ' '),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((now.DayOfYear + 6 - weekday) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(now), 2),
            'w' => Number(weekday, 1),
            'W' => Number((now.DayOfYear + 6 - ((weekday + 6) % 7)) / 7, 2),
            'y' => Number(now.Year % 100, 2),
            'Y' => Number(now.Year, 4),
            'z' or 'Z' => ("", 0, ' '),
            '%' => ("%", 0, ' '),
            _ => null,
        };

        string Of(string format)
        {
            var result = new StringBuilder();
            Append(result, now, format);
            return result.ToString();
        }

        static (string, int, char) Number(long value, int digits, char pad = '0') => (value.ToString(CultureInfo.InvariantCulture), digits, pad);
    }
}
