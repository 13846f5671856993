using Studio.Data.Examples;

namespace Studio.Data.Documents;

/// <summary>A cheap guess at the language of an example by its scripts and, in Latin script, by the commonest English words: en, zh, mixed or other.</summary>
public static class LanguageMix
{
    // Words that English needs and its neighbours spell otherwise: "in", "was", "will" or "die" would also be German.
    private static readonly HashSet<string> CommonWords = new(
        ["the", "of", "and", "to", "is", "are", "you", "it", "for", "with", "what", "how", "why", "who", "where", "when", "which", "does", "did", "can", "could", "my", "your", "this", "that", "be", "have", "has",
         "had", "not", "from", "at", "by", "we", "they", "she", "his", "her", "our", "their", "if", "or", "would", "should", "there", "please", "but", "about", "were", "been", "some", "any", "no"],
        StringComparer.OrdinalIgnoreCase);

    public static string Of(Example example)
    {
        var count = new Letters();
        foreach (var turn in ExampleTurns.Of(example))
        {
            count.Add(turn.Message.Content);
        }

        return count.Language;
    }

    public static string Of(string text)
    {
        var count = new Letters();
        count.Add(text);
        return count.Language;
    }

    private sealed class Letters
    {
        // Enough to judge by; the rest of a long text seldom changes it.
        private const int Most = 4000;

        private int seen;
        private int ascii;
        private int accented;
        private int han;
        private int other;
        private int words;
        private int commonWords;

        /// <summary>A Han character says about as much as three letters.</summary>
        public string Language
        {
            get
            {
                var latin = ascii + accented;
                double total = latin + (han * 3) + other;
                return total == 0 ? "other"
                    : other > total * 0.3 ? "other"
                    : han * 3 >= total * 0.7 ? "zh"
                    : latin >= total * 0.9 ? accented > latin * 0.02 || !ReadsLikeEnglish ? "other" : "en"
                    : han * 3 > total * 0.1 ? "mixed"
                    : "other";
            }
        }

        // A few words ("Name three colours") need none of the common ones; a longer text has many.
        private bool ReadsLikeEnglish => words < 4 || commonWords > words * 0.04;

        public void Add(string? text)
        {
            if (seen < Most)
            {
                CountWords(text);
            }

            foreach (var c in text.AsSpan())
            {
                if (seen >= Most)
                {
                    return;
                }

                if (!char.IsLetter(c))
                {
                    continue;
                }

                seen++;
                switch (c)
                {
                    case < '\u0080':
                        ascii++;
                        break;
                    case < '\u0250' or (>= '\u1E00' and < '\u1F00'):
                        accented++;
                        break;
                    case >= '\u3400' and <= '\u9FFF':
                        han++;
                        break;
                    default:
                        other++;
                        break;
                }
            }
        }

        private void CountWords(ReadOnlySpan<char> text)
        {
            var lookup = CommonWords.GetAlternateLookup<ReadOnlySpan<char>>();
            text = text[..Math.Min(text.Length, Most)];
            for (var at = 0; at < text.Length;)
            {
                var start = at;
                while (at < text.Length && char.IsAsciiLetter(text[at]))
                {
                    at++;
                }

                if (at == start)
                {
                    at++;
                    continue;
                }

                words++;
                commonWords += lookup.Contains(text[start..at]) ? 1 : 0;
            }
        }
    }
}
