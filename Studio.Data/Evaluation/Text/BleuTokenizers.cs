using System.Text;
using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Text;

/// <summary>How BLEU cuts text into tokens; the names are sacrebleu's (Post 2018).</summary>
public static partial class BleuTokenizers
{
    public static IReadOnlyDictionary<string, Func<string, string>> All { get; } = new Dictionary<string, Func<string, string>>
    {
        ["none"] = text => text,
        ["13a"] = text => Western(Unescape(text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' '))),
        ["intl"] = International,
        ["char"] = Characters,
        ["zh"] = text => Western(SeparateChinese(text.Trim()), pad: false),
    };

    public static string[] Tokenize(string tokenizer, string text) =>
        All.TryGetValue(tokenizer, out var cut)
            ? cut(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : throw new ArgumentException($"There is no tokenizer \"{tokenizer}\"; use one of {string.Join(", ", All.Keys)}.", nameof(tokenizer));

    internal static string Unescape(string text) => text.Contains('&', StringComparison.Ordinal)
        ? text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
        : text;

    private static string Western(string text, bool pad = true) => SeparateMarks(SeparateAscii(pad ? $" {text} " : text));

    /// <summary>Puts blanks around ASCII punctuation but apostrophe, comma, dash and full stop.</summary>
    internal static string SeparateAscii(string text) => AsciiPunctuation().Replace(text, " $1 ");

    /// <summary>Puts blanks around full stops and commas that are not between digits, and behind dashes that follow a digit.</summary>
    internal static string SeparateMarks(string text) =>
        DashAfterDigit().Replace(MarkBeforeOther().Replace(MarkAfterOther().Replace(text, "$1 $2 "), " $1 $2"), "$1 $2 ");

    private static string International(string text)
    {
        text = PunctuationAfterOther().Replace(text, "$1 $2 ");
        text = PunctuationBeforeOther().Replace(text, " $1 $2");
        return Symbol().Replace(text, " $1 ");
    }

    private static string Characters(string text)
    {
        var spaced = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            spaced.Append(rune.ToString()).Append(' ');
        }

        return spaced.ToString();
    }

    private static string SeparateChinese(string text)
    {
        var spaced = new StringBuilder(text.Length * 2);
        foreach (var c in text)
        {
            if (IsChinese(c))
            {
                spaced.Append(' ').Append(c).Append(' ');
            }
            else
            {
                spaced.Append(c);
            }
        }

        return spaced.ToString();
    }

    // sacrebleu's table, whose entries for the supplementary planes really cover U+2001 to U+2A6D.
    private static bool IsChinese(char c) => c is
        (>= '\u2001' and <= '\u2A6D') or (>= '\u2E80' and <= '\u2FDF') or (>= '\u2FF0' and <= '\u303F') or (>= '\u3100' and <= '\u312F') or
        (>= '\u31A0' and <= '\u31BF') or (>= '\u31C0' and <= '\u31EF') or (>= '\u3200' and <= '\u4DB5') or (>= '\u4E00' and <= '\u9FBB') or
        (>= '\uF900' and <= '\uFA2D') or (>= '\uFA30' and <= '\uFA6A') or (>= '\uFA70' and <= '\uFAD9') or (>= '\uFE10' and <= '\uFE1F') or
        (>= '\uFE30' and <= '\uFE4F') or (>= '\uFF00' and <= '\uFFEF');

    [GeneratedRegex(@"([{-~\[-` -&(-+:-@/])")]
    private static partial Regex AsciiPunctuation();

    [GeneratedRegex(@"([^0-9])([.,])")]
    private static partial Regex MarkAfterOther();

    [GeneratedRegex(@"([.,])([^0-9])")]
    private static partial Regex MarkBeforeOther();

    [GeneratedRegex(@"([0-9])(-)")]
    private static partial Regex DashAfterDigit();

    [GeneratedRegex(@"(\P{N})(\p{P})", RegexOptions.Singleline)]
    private static partial Regex PunctuationAfterOther();

    [GeneratedRegex(@"(\p{P})(\P{N})", RegexOptions.Singleline)]
    private static partial Regex PunctuationBeforeOther();

    [GeneratedRegex(@"(\p{S})")]
    private static partial Regex Symbol();
}
