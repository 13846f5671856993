using System.Collections.Concurrent;
using System.Globalization;

namespace Studio.Training.Tokenizers.Texts;

/// <summary>Unicode properties of code points, over all planes.</summary>
internal static class UnicodeClasses
{
    private static readonly Lazy<byte[]> Categories = new(() =>
    {
        var table = new byte[0x110000];
        for (var c = 0; c < table.Length; c++)
        {
            table[c] = (byte)CharUnicodeInfo.GetUnicodeCategory(c);
        }

        return table;
    });

    private static readonly Lazy<(Dictionary<string, int> Names, byte[] Table)> ScriptData = new(ReadScripts);
    private static readonly Lazy<Dictionary<int, byte>> Combining = new(ReadCombining);
    private static readonly ConcurrentDictionary<string, CodePointSet> Sets = new(StringComparer.Ordinal);

    public static UnicodeCategory Category(int codePoint) => (UnicodeCategory)Categories.Value[codePoint];

    public static bool IsLetter(int c) => Category(c) <= UnicodeCategory.OtherLetter;

    public static bool IsMark(int c) => Category(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    public static bool IsNonSpacingMark(int c) => c >= 0x300 && Category(c) == UnicodeCategory.NonSpacingMark;

    public static bool IsNumber(int c) => Category(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static bool IsPunctuation(int c) => Category(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    public static bool IsSymbol(int c) => Category(c) is >= UnicodeCategory.MathSymbol and <= UnicodeCategory.OtherSymbol;

    /// <summary>P*, and the ASCII symbols that keyboards group with punctuation.</summary>
    public static bool IsPunctuationOrAsciiSymbol(int c) => IsPunctuation(c) || c < 128 && IsSymbol(c);

    /// <summary>The White_Space property.</summary>
    public static bool IsWhiteSpace(int c) => c is >= 9 and <= 13 or 0x20 or 0x85 or 0xA0 or 0x1680 or >= 0x2000 and <= 0x200A or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>The letters in circles and squares, which are symbols by category and alphabetic by property.</summary>
    public static bool IsEnclosedLetter(int c) => c is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    /// <summary>Word character as UTS 18 defines it: alphabetic, mark, decimal digit, connector, joiner.</summary>
    public static bool IsWord(int c) => Category(c) switch
    {
        <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => IsEnclosedLetter(c) || c is 0x200C or 0x200D,
    };

    /// <summary>Word character of Oniguruma: no joiners, but superscript digits and the three Latin-1 fractions.</summary>
    public static bool IsRegexWord(int c) => c is not (0x200C or 0x200D) && IsWord(c) || c is 0xB2 or 0xB3 or 0xB9 or 0xBC or 0xBD or 0xBE;

    /// <summary>Canonical_Combining_Class.</summary>
    public static int CombiningClass(int c) => c < 0x300 ? 0 : Combining.Value.GetValueOrDefault(c);

    /// <summary>Number of the script of a code point, 0 when it has none.</summary>
    public static int Script(int c) => ScriptData.Value.Table[c];

    public static int ScriptNumber(string name) => ScriptData.Value.Names[name];

    /// <summary>
    /// The set a property name stands for: a general category (<c>L</c>, <c>Lu</c>, <c>Letter</c>...), a POSIX class (<c>Alpha</c>...) or a script (<c>Han</c>...);
    /// case, blanks, underscores and hyphens do not matter. Null for an unknown name.
    /// </summary>
    public static CodePointSet? Named(string name)
    {
        var key = new string([.. name.Where(ch => ch is not (' ' or '_' or '-')).Select(char.ToLowerInvariant)]);
        if (Sets.TryGetValue(key, out var known))
        {
            return known;
        }

        var made = Make(key);
        return made is null ? null : Sets.GetOrAdd(key, made);
    }

    private static CodePointSet? Make(string key)
    {
        static CodePointSet Where(Func<int, bool> member) => CodePointSet.Where(member);
        static CodePointSet In(params UnicodeCategory[] categories)
        {
            var mask = categories.Aggregate(0u, (m, category) => m | 1u << (int)category);
            return CodePointSet.Where(c => (mask >> (int)Category(c) & 1) != 0);
        }

        switch (key)
        {
            case "any": return Where(_ => true);
            case "assigned": return Where(c => Category(c) != UnicodeCategory.OtherNotAssigned);
            case "ascii": return Where(c => c < 128);
            case "l" or "letter": return Where(IsLetter);
            case "lc" or "casedletter": return In(UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter);
            case "lu" or "uppercaseletter": return In(UnicodeCategory.UppercaseLetter);
            case "ll" or "lowercaseletter": return In(UnicodeCategory.LowercaseLetter);
            case "lt" or "titlecaseletter": return In(UnicodeCategory.TitlecaseLetter);
            case "lm" or "modifierletter": return In(UnicodeCategory.ModifierLetter);
            case "lo" or "otherletter": return In(UnicodeCategory.OtherLetter);
            case "m" or "mark" or "combiningmark": return Where(IsMark);
            case "mn" or "nonspacingmark": return In(UnicodeCategory.NonSpacingMark);
            case "mc" or "spacingmark": return In(UnicodeCategory.SpacingCombiningMark);
            case "me" or "enclosingmark": return In(UnicodeCategory.EnclosingMark);
            case "n" or "number": return Where(IsNumber);
            case "nd" or "decimalnumber" or "digit": return In(UnicodeCategory.DecimalDigitNumber);
            case "nl" or "letternumber": return In(UnicodeCategory.LetterNumber);
            case "no" or "othernumber": return In(UnicodeCategory.OtherNumber);
            case "p" or "punctuation": return Where(IsPunctuation);
            case "pc" or "connectorpunctuation": return In(UnicodeCategory.ConnectorPunctuation);
            case "pd" or "dashpunctuation": return In(UnicodeCategory.DashPunctuation);
            case "ps" or "openpunctuation": return In(UnicodeCategory.OpenPunctuation);
            case "pe" or "closepunctuation": return In(UnicodeCategory.ClosePunctuation);
            case "pi" or "initialpunctuation": return In(UnicodeCategory.InitialQuotePunctuation);
            case "pf" or "finalpunctuation": return In(UnicodeCategory.FinalQuotePunctuation);
            case "po" or "otherpunctuation": return In(UnicodeCategory.OtherPunctuation);
            case "s" or "symbol": return Where(IsSymbol);
            case "sm" or "mathsymbol": return In(UnicodeCategory.MathSymbol);
            case "sc" or "currencysymbol": return In(UnicodeCategory.CurrencySymbol);
            case "sk" or "modifiersymbol": return In(UnicodeCategory.ModifierSymbol);
            case "so" or "othersymbol": return In(UnicodeCategory.OtherSymbol);
            case "z" or "separator": return In(UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator);
            case "zs" or "spaceseparator": return In(UnicodeCategory.SpaceSeparator);
            case "zl" or "lineseparator": return In(UnicodeCategory.LineSeparator);
            case "zp" or "paragraphseparator": return In(UnicodeCategory.ParagraphSeparator);
            case "c" or "other": return In(UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.Surrogate, UnicodeCategory.PrivateUse, UnicodeCategory.OtherNotAssigned);
            case "cc" or "control" or "cntrl": return In(UnicodeCategory.Control);
            case "cf" or "format": return In(UnicodeCategory.Format);
            case "cn" or "unassigned": return In(UnicodeCategory.OtherNotAssigned);
            case "co" or "privateuse": return In(UnicodeCategory.PrivateUse);
            case "cs" or "surrogate": return In(UnicodeCategory.Surrogate);
            case "alpha" or "alphabetic": return Where(IsAlphabetic);
            case "alnum": return Where(c => IsAlphabetic(c) || Category(c) == UnicodeCategory.DecimalDigitNumber);
            case "upper" or "uppercase": return Where(c => Category(c) == UnicodeCategory.UppercaseLetter || c is >= 0x2160 and <= 0x216F or >= 0x24B6 and <= 0x24CF || c >= 0x1F130 && IsEnclosedLetter(c));
            case "lower" or "lowercase": return Where(c => Category(c) == UnicodeCategory.LowercaseLetter || c is 0xAA or 0xBA or >= 0x2170 and <= 0x217F or >= 0x24D0 and <= 0x24E9 || IsLowercaseModifier(c));
            case "punct": return Where(c => IsPunctuation(c) || IsSymbol(c));
            case "space" or "whitespace": return Where(IsWhiteSpace);
            case "blank": return Where(c => c == 9 || Category(c) == UnicodeCategory.SpaceSeparator);
            case "graph": return Where(c => !IsWhiteSpace(c) && Category(c) is not (UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned));
            case "print": return Where(c => Category(c) == UnicodeCategory.SpaceSeparator || !IsWhiteSpace(c) && Category(c) is not (UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned));
            case "word": return Where(IsRegexWord);
            case "xdigit": return Where(c => c is >= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F');
        }

        foreach (var (name, number) in ScriptData.Value.Names)
        {
            if (name.Replace("_", "", StringComparison.Ordinal).Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                return Where(c => Script(c) == number);
            }
        }

        return null;
    }

    // Marks are alphabetic only in part (Other_Alphabetic); the vowel signs and the like are the ones that are not reordered as accents.
    private static bool IsAlphabetic(int c) => Category(c) switch
    {
        <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => true,
        UnicodeCategory.SpacingCombiningMark => CombiningClass(c) == 0 && c is not (>= 0x1D165 and <= 0x1D172),
        UnicodeCategory.NonSpacingMark => c == 0x345 || IsVowelSign(c),
        _ => IsEnclosedLetter(c),
    };

    private static bool IsVowelSign(int c) => CombiningClass(c) switch
    {
        >= 10 and <= 33 or 35 => true,
        84 or 91 or 118 or 129 or 130 or 132 => true,
        0 => c is >= 0x900 and < 0x1AB0 or >= 0x1B00 and < 0x1CD0 or >= 0xA800 and < 0xAC00 or >= 0x11000 and < 0x12000 or 0x610 or 0x611,
        _ => c is >= 0x610 and <= 0x617 or >= 0x653 and <= 0x657 or >= 0x659 and <= 0x65F or >= 0x6D6 and <= 0x6DC or >= 0x6E1 and <= 0x6E4 or 0x6E7 or 0x6E8 or 0x6ED
            or >= 0x2DE0 and <= 0x2DFF or >= 0xA674 and <= 0xA67B or 0xA69E or 0xA69F or 0xFB1E,
    };

    private static bool IsLowercaseModifier(int c) => c is >= 0x2B0 and <= 0x2B8 or 0x2C0 or 0x2C1 or >= 0x2E0 and <= 0x2E4 or 0x345 or 0x37A or >= 0x1D2C and <= 0x1D6A or 0x1D78
        or >= 0x1D9B and <= 0x1DBF or 0x2071 or 0x207F or >= 0x2090 and <= 0x209C or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770 or 0xA7F8 or 0xA7F9 or >= 0xAB5C and <= 0xAB5F;

    private static (Dictionary<string, int>, byte[]) ReadScripts()
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var table = new byte[0x110000];
        var script = 0;
        var last = 0;
        foreach (var word in UnicodeTables.Scripts.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (char.IsAsciiLetterUpper(word[0]))
            {
                names[word] = ++script;
                last = 0;
                continue;
            }

            var (start, end) = ReadRange(word, ref last);
            table.AsSpan(start, end - start + 1).Fill((byte)script);
        }

        return (names, table);
    }

    private static Dictionary<int, byte> ReadCombining()
    {
        var result = new Dictionary<int, byte>();
        var last = 0;
        foreach (var word in UnicodeTables.CombiningClasses.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            var (start, end) = ReadRange(word[..colon], ref last);
            for (var c = start; c <= end; c++)
            {
                result[c] = (byte)Base36(word.AsSpan(colon + 1));
            }
        }

        return result;
    }

    private static (int Start, int End) ReadRange(string word, ref int last)
    {
        var dash = word.IndexOf('-', StringComparison.Ordinal);
        var start = last + Base36(word.AsSpan(0, dash < 0 ? word.Length : dash));
        last = start + (dash < 0 ? 0 : Base36(word.AsSpan(dash + 1)));
        return (start, last);
    }

    private static int Base36(ReadOnlySpan<char> digits)
    {
        var value = 0;
        foreach (var d in digits)
        {
            value = value * 36 + (d <= '9' ? d - '0' : d - 'a' + 10);
        }

        return value;
    }
}
