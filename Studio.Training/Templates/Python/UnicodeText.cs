using System.Globalization;
using System.Text;

namespace Studio.Training.Templates.Python;

/// <summary>
/// Case mapping and character classes of Python's <c>str</c>. .NET maps one code point to one; the characters whose upper or title form is longer
/// (sharp s, ligatures, Greek with iota subscript) come from the table, which follows Unicode's SpecialCasing data.
/// </summary>
internal static class UnicodeText
{
    // Each entry: the character, its upper form, '|', its title form.
    private const string LongForms =
        "\u00dfSS|Ss,\u0149\u02bcN|\u02bcN,\u01f0J\u030c|J\u030c,\u0390\u0399\u0308\u0301|\u0399\u0308\u0301,\u03b0\u03a5\u0308\u0301|\u03a5\u0308\u0301," +
        "\u0587\u0535\u0552|\u0535\u0582,\u1e96H\u0331|H\u0331,\u1e97T\u0308|T\u0308,\u1e98W\u030a|W\u030a,\u1e99Y\u030a|Y\u030a,\u1e9aA\u02be|A\u02be," +
        "\u1f50\u03a5\u0313|\u03a5\u0313,\u1f52\u03a5\u0313\u0300|\u03a5\u0313\u0300,\u1f54\u03a5\u0313\u0301|\u03a5\u0313\u0301," +
        "\u1f56\u03a5\u0313\u0342|\u03a5\u0313\u0342,\u1f80\u1f08\u0399|\u1f88,\u1f81\u1f09\u0399|\u1f89,\u1f82\u1f0a\u0399|\u1f8a,\u1f83\u1f0b\u0399|\u1f8b," +
        "\u1f84\u1f0c\u0399|\u1f8c,\u1f85\u1f0d\u0399|\u1f8d,\u1f86\u1f0e\u0399|\u1f8e,\u1f87\u1f0f\u0399|\u1f8f,\u1f88\u1f08\u0399|\u1f88," +
        "\u1f89\u1f09\u0399|\u1f89,\u1f8a\u1f0a\u0399|\u1f8a,\u1f8b\u1f0b\u0399|\u1f8b,\u1f8c\u1f0c\u0399|\u1f8c,\u1f8d\u1f0d\u0399|\u1f8d," +
        "\u1f8e\u1f0e\u0399|\u1f8e,\u1f8f\u1f0f\u0399|\u1f8f,\u1f90\u1f28\u0399|\u1f98,\u1f91\u1f29\u0399|\u1f99,\u1f92\u1f2a\u0399|\u1f9a," +
        "\u1f93\u1f2b\u0399|\u1f9b,\u1f94\u1f2c\u0399|\u1f9c,\u1f95\u1f2d\u0399|\u1f9d,\u1f96\u1f2e\u0399|\u1f9e,\u1f97\u1f2f\u0399|\u1f9f," +
        "\u1f98\u1f28\u0399|\u1f98,\u1f99\u1f29\u0399|\u1f99,\u1f9a\u1f2a\u0399|\u1f9a,\u1f9b\u1f2b\u0399|\u1f9b,\u1f9c\u1f2c\u0399|\u1f9c," +
        "\u1f9d\u1f2d\u0399|\u1f9d,\u1f9e\u1f2e\u0399|\u1f9e,\u1f9f\u1f2f\u0399|\u1f9f,\u1fa0\u1f68\u0399|\u1fa8,\u1fa1\u1f69\u0399|\u1fa9," +
        "\u1fa2\u1f6a\u0399|\u1faa,\u1fa3\u1f6b\u0399|\u1fab,\u1fa4\u1f6c\u0399|\u1fac,\u1fa5\u1f6d\u0399|\u1fad,\u1fa6\u1f6e\u0399|\u1fae," +
        "\u1fa7\u1f6f\u0399|\u1faf,\u1fa8\u1f68\u0399|\u1fa8,\u1fa9\u1f69\u0399|\u1fa9,\u1faa\u1f6a\u0399|\u1faa,\u1fab\u1f6b\u0399|\u1fab," +
        "\u1fac\u1f6c\u0399|\u1fac,\u1fad\u1f6d\u0399|\u1fad,\u1fae\u1f6e\u0399|\u1fae,\u1faf\u1f6f\u0399|\u1faf,\u1fb2\u1fba\u0399|\u1fba\u0345," +
        "\u1fb3\u0391\u0399|\u1fbc,\u1fb4\u0386\u0399|\u0386\u0345,\u1fb6\u0391\u0342|\u0391\u0342,\u1fb7\u0391\u0342\u0399|\u0391\u0342\u0345," +
        "\u1fbc\u0391\u0399|\u1fbc,\u1fc2\u1fca\u0399|\u1fca\u0345,\u1fc3\u0397\u0399|\u1fcc,\u1fc4\u0389\u0399|\u0389\u0345,\u1fc6\u0397\u0342|\u0397\u0342," +
        "\u1fc7\u0397\u0342\u0399|\u0397\u0342\u0345,\u1fcc\u0397\u0399|\u1fcc,\u1fd2\u0399\u0308\u0300|\u0399\u0308\u0300," +
        "\u1fd3\u0399\u0308\u0301|\u0399\u0308\u0301,\u1fd6\u0399\u0342|\u0399\u0342,\u1fd7\u0399\u0308\u0342|\u0399\u0308\u0342," +
        "\u1fe2\u03a5\u0308\u0300|\u03a5\u0308\u0300,\u1fe3\u03a5\u0308\u0301|\u03a5\u0308\u0301,\u1fe4\u03a1\u0313|\u03a1\u0313," +
        "\u1fe6\u03a5\u0342|\u03a5\u0342,\u1fe7\u03a5\u0308\u0342|\u03a5\u0308\u0342,\u1ff2\u1ffa\u0399|\u1ffa\u0345,\u1ff3\u03a9\u0399|\u1ffc," +
        "\u1ff4\u038f\u0399|\u038f\u0345,\u1ff6\u03a9\u0342|\u03a9\u0342,\u1ff7\u03a9\u0342\u0399|\u03a9\u0342\u0345,\u1ffc\u03a9\u0399|\u1ffc,\ufb00FF|Ff," +
        "\ufb01FI|Fi,\ufb02FL|Fl,\ufb03FFI|Ffi,\ufb04FFL|Ffl,\ufb05ST|St,\ufb06ST|St,\ufb13\u0544\u0546|\u0544\u0576,\ufb14\u0544\u0535|\u0544\u0565," +
        "\ufb15\u0544\u053b|\u0544\u056b,\ufb16\u054e\u0546|\u054e\u0576,\ufb17\u0544\u053d|\u0544\u056d,";

    // Ideographs that stand for numbers (Unicode's Unihan data; .NET knows only the other scripts').
    private const string NumericIdeographs =
        "\u3405\u3483\u382a\u3b4d\u4e00\u4e03\u4e07\u4e09\u4e5d\u4e8c\u4e94\u4e96\u4ebf\u4ec0\u4edf\u4ee8\u4f0d\u4f70\u5104\u5146\u5169\u516b\u516d\u5341\u5343\u5344\u5345\u534c\u53c1\u53c2\u53c3\u53c4\u56db\u58f1\u58f9\u5e7a\u5efe\u5eff\u5f0c\u5f0d\u5f0e\u5f10\u62fe\u634c\u67d2\u6f06\u7396\u767e\u8086\u842c\u8cae\u8cb3\u8d30\u9621\u9646\u964c\u9678\u96f6\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd";

    private static readonly Dictionary<char, (string Upper, string Title)> longForms = LongForms
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(entry => entry[0], entry => (entry[1..entry.IndexOf('|', StringComparison.Ordinal)], entry[(entry.IndexOf('|', StringComparison.Ordinal) + 1)..]));

    public static string Upper(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, static (builder, value) => AppendUpper(builder, value));

    public static string Lower(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        var builder = new StringBuilder(text.Length);
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            AppendLower(builder, text, value, at, width);
        }

        return builder.ToString();
    }

    /// <summary>First character in title case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var builder = new StringBuilder(text.Length);
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            if (at == 0)
            {
                AppendTitle(builder, value);
            }
            else
            {
                AppendLower(builder, text, value, at, width);
            }
        }

        return builder.ToString();
    }

    /// <summary>A capital after every character that has no case.</summary>
    public static string Title(string text)
    {
        var builder = new StringBuilder(text.Length);
        var afterCased = false;
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            if (afterCased)
            {
                AppendLower(builder, text, value, at, width);
            }
            else
            {
                AppendTitle(builder, value);
            }

            afterCased = IsCased(value);
        }

        return builder.ToString();
    }

    public static string SwapCase(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var (value, at, width) in CodePoints.Each(text))
        {
            if (IsUpper(value))
            {
                AppendLower(builder, text, value, at, width);
            }
            else
            {
                AppendUpper(builder, value);
            }
        }

        return builder.ToString();
    }

    /// <summary>Case folding: full for the characters with long forms, simple otherwise.</summary>
    public static string CaseFold(string text) => Lower(Map(text, static (builder, value) =>
    {
        if (value < 0x10000 && longForms.TryGetValue((char)value, out var forms))
        {
            builder.Append(forms.Upper);
        }
        else
        {
            builder.Append(value == 0x3c2 ? "\u03c3" : CodePoints.FromNumber(value));
        }
    }));

    public static bool IsAlpha(int value) => Category(value) <= UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int value) => Category(value) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(int value) => !IsSurrogate(value) && CharUnicodeInfo.GetDigitValue(char.ConvertFromUtf32(value), 0) >= 0;

    public static int DecimalValue(int value) => IsDecimal(value) ? CharUnicodeInfo.GetDecimalDigitValue(char.ConvertFromUtf32(value), 0) : -1;

    public static bool IsNumeric(int value) =>
        !IsSurrogate(value) && (CharUnicodeInfo.GetNumericValue(char.ConvertFromUtf32(value), 0) != -1 || (value < 0x10000 && NumericIdeographs.Contains((char)value, StringComparison.Ordinal)));

    public static bool IsUpper(int value) => Category(value) == UnicodeCategory.UppercaseLetter || value is (>= 0x2160 and <= 0x216f) or (>= 0x24b6 and <= 0x24cf);

    public static bool IsLower(int value) => Category(value) == UnicodeCategory.LowercaseLetter
        || value is 0xaa or 0xba or (>= 0x2b0 and <= 0x2b8) or 0x2c0 or 0x2c1 or (>= 0x2e0 and <= 0x2e4) or 0x345 or 0x37a or (>= 0x1d2c and <= 0x1d6a) or 0x1d78
            or (>= 0x1d9b and <= 0x1dbf) or 0x2071 or 0x207f or (>= 0x2090 and <= 0x209c) or (>= 0x2170 and <= 0x217f) or (>= 0x24d0 and <= 0x24e9);

    public static bool IsTitle(int value) => Category(value) == UnicodeCategory.TitlecaseLetter;

    public static bool IsCased(int value) => IsUpper(value) || IsLower(value) || IsTitle(value);

    /// <summary>False for what <c>repr</c> writes as an escape: control and format characters, separators, unassigned code points.</summary>
    public static bool IsPrintable(int value) => value == ' ' || Category(value) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>True when the text may be the name of a variable.</summary>
    public static bool IsIdentifier(string text)
    {
        foreach (var (value, at, _) in CodePoints.Each(text))
        {
            var category = Category(value);
            var starts = category <= UnicodeCategory.OtherLetter || category == UnicodeCategory.LetterNumber || value == '_';
            if (!starts && (at == 0 || category is not (UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation)))
            {
                return false;
            }
        }

        return text.Length > 0;
    }

    private static UnicodeCategory Category(int value) => CharUnicodeInfo.GetUnicodeCategory(value);

    private static bool IsSurrogate(int value) => value is >= 0xd800 and <= 0xdfff;

    private static string Map(string text, Action<StringBuilder, int> append)
    {
        var builder = new StringBuilder(text.Length + 4);
        foreach (var (value, _, _) in CodePoints.Each(text))
        {
            append(builder, value);
        }

        return builder.ToString();
    }

    private static void AppendUpper(StringBuilder builder, int value)
    {
        if (value < 0x10000 && longForms.TryGetValue((char)value, out var forms))
        {
            builder.Append(forms.Upper);
        }
        else
        {
            AppendSimple(builder, value, static rune => rune.Value == 0x131 ? new Rune('I') : Rune.ToUpperInvariant(rune));
        }
    }

    private static void AppendTitle(StringBuilder builder, int value)
    {
        if (value < 0x10000 && longForms.TryGetValue((char)value, out var forms))
        {
            builder.Append(forms.Title);
            return;
        }

        // Three letters in one (digraphs) have a form of their own; Georgian has no title case.
        switch (value)
        {
            case >= 0x1c4 and <= 0x1cc:
                builder.Append((char)((((value - 0x1c4) / 3) * 3) + 0x1c5));
                break;
            case >= 0x1f1 and <= 0x1f3:
                builder.Append('\u01f2');
                break;
            case >= 0x10d0 and <= 0x10ff:
                builder.Append((char)value);
                break;
            default:
                AppendUpper(builder, value);
                break;
        }
    }

    private static void AppendLower(StringBuilder builder, string text, int value, int at, int width)
    {
        if (value == 0x3a3)
        {
            builder.Append(IsFinalSigma(text, at, width) ? '\u03c2' : '\u03c3');
        }
        else if (value == 0x130)
        {
            builder.Append("i\u0307");
        }
        else
        {
            AppendSimple(builder, value, Rune.ToLowerInvariant);
        }
    }

    private static void AppendSimple(StringBuilder builder, int value, Func<Rune, Rune> map)
    {
        if (Rune.IsValid(value))
        {
            builder.Append(map(new Rune(value)).ToString());
        }
        else
        {
            builder.Append((char)value);
        }
    }

    // A capital sigma is final when a cased letter stands before it and none after it, case-ignorable characters aside.
    private static bool IsFinalSigma(string text, int at, int width)
    {
        var before = CodePoints.Each(text[..at]).Reverse().Select(c => c.Value).FirstOrDefault(c => !IsCaseIgnorable(c));
        var after = CodePoints.Each(text[(at + width)..]).Select(c => c.Value).FirstOrDefault(c => !IsCaseIgnorable(c));
        return IsCased(before) && !IsCased(after);
    }

    private static bool IsCaseIgnorable(int value) =>
        value is '\'' or '.' or ':' or '^' or '`' or 0xa8 or 0xad or 0xaf or 0xb4 or 0xb7 or 0xb8 or 0x2018 or 0x2019 or 0x2024 or 0x2027
        || Category(value) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
