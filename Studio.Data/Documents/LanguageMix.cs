using Studio.Data.Examples;

namespace Studio.Data.Documents;

/// <summary>A cheap guess at the language of an example by its scripts: en, zh, mixed or other.</summary>
public static class LanguageMix
{
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
                    : latin >= total * 0.9 ? accented > latin * 0.02 ? "other" : "en"
                    : han * 3 > total * 0.1 ? "mixed"
                    : "other";
            }
        }

        public void Add(string? text)
        {
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
    }
}
