using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Text;

/// <summary>Exact match and token F1 of short answers: SQuAD's normalisation for English (Rajpurkar et al. 2016), MLQA's for other languages (Lewis et al. 2019).</summary>
public static partial class AnswerMatch
{
    private const string AsciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Lower case, without ASCII punctuation, a, an, the, and extra white space.</summary>
    public static string Normalize(string text) =>
        Collapse(EnglishArticles().Replace(Without(text.ToLowerInvariant(), c => AsciiPunctuation.Contains(c, StringComparison.Ordinal)), " "));

    /// <summary>Lower case, without Unicode punctuation and the language's articles; Chinese with a space around every character.</summary>
    /// <param name="language">en, es, hi, vi, de, ar or zh.</param>
    public static string Normalize(string text, string language)
    {
        text = Without(text.ToLowerInvariant(), IsPunctuation);
        text = language switch
        {
            "en" => EnglishArticles().Replace(text, " "),
            "es" => SpanishArticles().Replace(text, " "),
            "vi" => VietnameseArticles().Replace(text, " "),
            "de" => GermanArticles().Replace(text, " "),
            "ar" => text.Replace("ال", " ", StringComparison.Ordinal),
            _ => text,
        };
        return Collapse(language == "zh" ? Han().Replace(text, " $0 ") : text);
    }

    /// <summary>1 when the answer equals one of the right ones after normalisation.</summary>
    public static double ExactMatch(string prediction, IEnumerable<string> golds, string? language = null) =>
        golds.Any(gold => Normal(prediction, language) == Normal(gold, language)) ? 1 : 0;

    /// <summary>Harmonic mean of the shares of common tokens, the best over the right answers; two empty answers agree.</summary>
    public static double F1(string prediction, IEnumerable<string> golds, string? language = null) =>
        golds.Max(gold => TokenF1(Tokens(prediction, language), Tokens(gold, language), language is null));

    /// <summary>Share of predictions equal to their reference after leaving out what the options name, in this order: regexes, case, punctuation, digits.</summary>
    public static double ExactMatch(IReadOnlyList<string> predictions, IReadOnlyList<string> references, IReadOnlyList<string>? regexesToIgnore = null, bool ignoreCase = false, bool ignorePunctuation = false, bool ignoreNumbers = false)
    {
        return predictions.Zip(references).Average(pair => Reduce(pair.First) == Reduce(pair.Second) ? 1.0 : 0.0);

        string Reduce(string text)
        {
            foreach (var pattern in regexesToIgnore ?? [])
            {
                text = Regex.Replace(text, pattern, "", RegexOptions.None, TimeSpan.FromSeconds(1));
            }

            text = ignoreCase ? text.ToLowerInvariant() : text;
            text = ignorePunctuation ? Without(text, c => AsciiPunctuation.Contains(c, StringComparison.Ordinal)) : text;
            return ignoreNumbers ? Without(text, char.IsAsciiDigit) : text;
        }
    }

    private static string Normal(string text, string? language) => language is null ? Normalize(text) : Normalize(text, language);

    private static string[] Tokens(string text, string? language) => Normal(text, language).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static double TokenF1(string[] prediction, string[] gold, bool emptyAgree)
    {
        if (prediction.Length == 0 || gold.Length == 0)
        {
            return emptyAgree && prediction.Length == gold.Length ? 1 : 0;
        }

        var wanted = Ngrams.Count(gold, 1);
        double common = Ngrams.Count(prediction, 1).Sum(t => Math.Min(t.Value, wanted.GetValueOrDefault(t.Key)));
        var precision = common / prediction.Length;
        var recall = common / gold.Length;
        return common == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Without(string text, Func<char, bool> drop)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!drop(c))
            {
                kept.Append(c);
            }
        }

        return kept.ToString();
    }

    private static bool IsPunctuation(char c) => AsciiPunctuation.Contains(c, StringComparison.Ordinal) || CharUnicodeInfo.GetUnicodeCategory(c) is
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
        or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex EnglishArticles();

    [GeneratedRegex(@"\b(un|una|unos|unas|el|la|los|las)\b")]
    private static partial Regex SpanishArticles();

    [GeneratedRegex(@"\b(của|là|cái|chiếc|những)\b")]
    private static partial Regex VietnameseArticles();

    [GeneratedRegex(@"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b")]
    private static partial Regex GermanArticles();

    [GeneratedRegex(@"[\u4E00-\u9FA5]")]
    private static partial Regex Han();
}
