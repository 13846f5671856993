namespace Studio.Data.Evaluation.Text;

/// <summary>Porter's stemmer (1980) with the additions that NLTK makes to it, which rouge_score uses.</summary>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["sky"] = "sky", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["news"] = "news",
        ["innings"] = "inning", ["inning"] = "inning", ["outings"] = "outing", ["outing"] = "outing", ["cannings"] = "canning", ["canning"] = "canning",
        ["howe"] = "howe", ["proceed"] = "proceed", ["exceed"] = "exceed", ["succeed"] = "succeed",
    };

    private static readonly (string Suffix, string Replacement)[] Step2 =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"),
        ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
        ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string Suffix, string Replacement)[] Step3 =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Step4 =
        ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    /// <param name="word">Lower case.</param>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out var known))
        {
            return known;
        }

        if (word.Length <= 2)
        {
            return word;
        }

        word = Plural(word);
        word = PastAndProgressive(word);
        word = FinalY(word);
        word = DoubleSuffix(word);
        word = Replace(word, Step3, stem => Measure(stem) > 0);
        word = SingleSuffix(word);
        return DoubleL(FinalE(word));
    }

    private static string Plural(string word) =>
        Ends(word, "ies") && word.Length == 4 ? word[..^1]
        : Ends(word, "sses") || Ends(word, "ies") ? word[..^2]
        : Ends(word, "ss") ? word
        : Ends(word, "s") ? word[..^1]
        : word;

    private static string PastAndProgressive(string word)
    {
        if (Ends(word, "ied"))
        {
            return word.Length == 4 ? word[..^1] : word[..^2];
        }

        if (Ends(word, "eed"))
        {
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        }

        string stem;
        if (Ends(word, "ed") && HasVowel(word[..^2]))
        {
            stem = word[..^2];
        }
        else if (Ends(word, "ing") && HasVowel(word[..^3]))
        {
            stem = word[..^3];
        }
        else
        {
            return word;
        }

        if (Ends(stem, "at") || Ends(stem, "bl") || Ends(stem, "iz"))
        {
            return stem + "e";
        }

        if (stem.Length >= 2 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1))
        {
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        }

        return Measure(stem) == 1 && EndsShort(stem) ? stem + "e" : stem;
    }

    private static string FinalY(string word) =>
        Ends(word, "y") && word.Length > 2 && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    private static string DoubleSuffix(string word)
    {
        if (Ends(word, "alli") && Measure(word[..^4]) > 0)
        {
            return DoubleSuffix(word[..^2]);
        }

        foreach (var (suffix, replacement) in Step2)
        {
            if (Ends(word, suffix))
            {
                return Measure(word[..^suffix.Length]) > 0 ? word[..^suffix.Length] + replacement : word;
            }
        }

        return Ends(word, "logi") && Measure(word[..^3]) > 0 ? word[..^1] : word;
    }

    private static string SingleSuffix(string word)
    {
        foreach (var suffix in Step4)
        {
            if (Ends(word, suffix))
            {
                var stem = word[..^suffix.Length];
                return Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't') ? stem : word;
            }
        }

        return word;
    }

    private static string FinalE(string word) =>
        Ends(word, "e") && (Measure(word[..^1]) > 1 || (Measure(word[..^1]) == 1 && !EndsShort(word[..^1]))) ? word[..^1] : word;

    private static string DoubleL(string word) => Ends(word, "ll") && Measure(word[..^1]) > 1 ? word[..^1] : word;

    private static string Replace(string word, (string Suffix, string Replacement)[] rules, Func<string, bool> condition)
    {
        foreach (var (suffix, replacement) in rules)
        {
            if (Ends(word, suffix))
            {
                return condition(word[..^suffix.Length]) ? word[..^suffix.Length] + replacement : word;
            }
        }

        return word;
    }

    private static bool Ends(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal);

    private static bool IsConsonant(string word, int at) => word[at] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => at == 0 || !IsConsonant(word, at - 1),
        _ => true,
    };

    private static bool HasVowel(string word) => Enumerable.Range(0, word.Length).Any(i => !IsConsonant(word, i));

    /// <summary>How often a vowel is followed by a consonant.</summary>
    private static int Measure(string word)
    {
        var count = 0;
        for (var i = 1; i < word.Length; i++)
        {
            count += IsConsonant(word, i) && !IsConsonant(word, i - 1) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Consonant, vowel, consonant other than w, x, y; or just vowel and consonant.</summary>
    private static bool EndsShort(string word) =>
        (word.Length >= 3 && IsConsonant(word, word.Length - 3) && !IsConsonant(word, word.Length - 2) && IsConsonant(word, word.Length - 1) && word[^1] is not ('w' or 'x' or 'y'))
        || (word.Length == 2 && !IsConsonant(word, 0) && IsConsonant(word, 1));
}
