using System.Globalization;
using System.Resources;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>Numbers for people: units, sensible digits, grouped thousands; the same in both languages but for the words.</summary>
public static class Format
{
    private static readonly ResourceManager Words = new(typeof(Text));

    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>61,440.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits and a unit: 4.88 M.</summary>
    public static string Compact(double value)
    {
        var size = Math.Abs(value);
        return size >= 1e9 ? Digits(value / 1e9) + " B"
            : size >= 1e6 ? Digits(value / 1e6) + " M"
            : size >= 1e4 ? Digits(value / 1e3) + " k"
            : value.ToString(size >= 100 || value == Math.Floor(value) ? "N0" : "G3", CultureInfo.InvariantCulture);
    }

    /// <summary>Decimal units: 1.28 GB.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 999.5 && unit < ByteUnits.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        return (unit == 0 ? bytes.ToString("N0", CultureInfo.InvariantCulture) : Digits(bytes)) + " " + ByteUnits[unit];
    }

    /// <summary>78.4 %, of a share between 0 and 1.</summary>
    public static string Percent(double share, int digits = 1)
    {
        var text = (share * 100).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return (text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text) + " %";
    }

    /// <summary>A loss or a metric: three to four digits, small ones as 1.31e-4.</summary>
    public static string Number(double? value)
    {
        if (value is not { } number)
        {
            return "–";
        }

        var size = Math.Abs(number);
        return !double.IsFinite(number) ? number.ToString(CultureInfo.InvariantCulture)
            : number == 0 ? "0"
            : size < 1e-3 ? Exponent(number)
            : size >= 1e6 ? Compact(number)
            : size >= 100 ? number.ToString("N0", CultureInfo.InvariantCulture)
            : size >= 10 ? number.ToString("0.##", CultureInfo.InvariantCulture)
            : number.ToString("0.###", CultureInfo.InvariantCulture);
    }

    /// <summary>642 tok/s.</summary>
    public static string Rate(double? tokensPerSecond) =>
        tokensPerSecond is { } rate ? string.Format(CultureInfo.InvariantCulture, Word("unit.rate"), rate < 10 ? rate.ToString("0.0", CultureInfo.InvariantCulture) : Count((long)Math.Round(rate))) : "–";

    /// <summary>240 ms, 3.2 s.</summary>
    public static string Milliseconds(double? milliseconds) =>
        milliseconds is not { } time ? "–"
        : time < 1000 ? string.Create(CultureInfo.InvariantCulture, $"{time:N0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time / 1000:0.0} s");

    /// <summary>3 min 20 s; two units at most.</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } all || !double.IsFinite(all))
        {
            return "–";
        }

        var total = (long)Math.Max(0, Math.Round(all));
        var (days, hours, minutes, rest) = (total / 86400, total / 3600 % 24, total / 60 % 60, total % 60);
        return days > 0 ? Pair(days, "unit.day", hours, "unit.hour")
            : hours > 0 ? Pair(hours, "unit.hour", minutes, "unit.minute")
            : minutes > 0 ? Pair(minutes, "unit.minute", rest, "unit.second")
            : One(rest, "unit.second");
    }

    public static string Duration(TimeSpan span) => Duration(span.TotalSeconds);

    private static string Pair(long first, string firstUnit, long second, string secondUnit) =>
        second == 0 ? One(first, firstUnit) : One(first, firstUnit) + " " + One(second, secondUnit);

    private static string One(long value, string unit) => string.Format(CultureInfo.InvariantCulture, Word(unit), value);

    private static string Digits(double value)
    {
        var size = Math.Abs(value);
        return value.ToString(size >= 99.95 ? "0" : size >= 9.995 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
    }

    private static string Exponent(double value)
    {
        var text = value.ToString("0.##e-0", CultureInfo.InvariantCulture);
        return text;
    }

    private static string Word(string key) => Words.GetString(key, CultureInfo.CurrentUICulture) ?? key;
}
