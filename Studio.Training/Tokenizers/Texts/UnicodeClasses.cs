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
    private static readonly Lazy<CodePointSet> OtherAlphabetic = new(() => ReadSet(UnicodeTables.OtherAlphabetic));
    private static readonly Lazy<CodePointSet> Unicode9 = new(() => ReadSet(UnicodeTables.AssignedInUnicode9));
    private static readonly ConcurrentDictionary<string, CodePointSet> Sets = new(StringComparer.Ordinal);

    public static UnicodeCategory Category(int codePoint) => (UnicodeCategory)Categories.Value[codePoint];

    public static bool IsLetter(int c) => Category(c) <= UnicodeCategory.OtherLetter;

    public static bool IsMark(int c) => Category(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    public static bool IsNonSpacingMark(int c) => c >= 0x300 && Category(c) == UnicodeCategory.NonSpacingMark;

    public static bool IsNumber(int c) => Category(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static bool IsPunctuation(int c) => Category(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    public static bool IsSymbol(int c) => Category(c) is >= UnicodeCategory.MathSymbol and <= UnicodeCategory.OtherSymbol;

    /// <summary>
    /// Whether Unicode 9 knew the code point. The reference library normalises, strips accents, finds punctuation and tells scripts with tables of that version; vocabularies were made with them.
    /// </summary>
    public static bool IsInUnicode9(int c) => c < 0x300 || Unicode9.Value.Contains(c);

    /// <summary>P*, and the ASCII symbols that keyboards group with punctuation.</summary>
    public static bool IsPunctuationOrAsciiSymbol(int c) => c < 128 ? IsPunctuation(c) || IsSymbol(c) : IsPunctuation(c) && IsInUnicode9(c);

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

    /// <summary>Canonical_Combining_Class of Unicode 9.</summary>
    public static int CombiningClass(int c) => c < 0x300 || !IsInUnicode9(c) ? 0 : Combining.Value.GetValueOrDefault(c);

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
            case "upper" or "uppercase": return In(UnicodeCategory.UppercaseLetter).Union(ReadSet(UnicodeTables.OtherUppercase));
            case "lower" or "lowercase": return In(UnicodeCategory.LowercaseLetter).Union(ReadSet(UnicodeTables.OtherLowercase));
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

    private static bool IsAlphabetic(int c) => Category(c) <= UnicodeCategory.OtherLetter || Category(c) == UnicodeCategory.LetterNumber || OtherAlphabetic.Value.Contains(c);

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

    private static CodePointSet ReadSet(string ranges)
    {
        var members = new bool[0x110000];
        var last = 0;
        foreach (var word in ranges.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var (start, end) = ReadRange(word, ref last);
            members.AsSpan(start, end - start + 1).Fill(true);
        }

        return CodePointSet.Where(c => members[c]);
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
