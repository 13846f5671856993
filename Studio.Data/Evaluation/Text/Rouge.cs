using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Text;

public readonly record struct RougeScore(double Precision, double Recall)
{
    public double FMeasure => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;
}

/// <summary>ROUGE (Lin 2004) as Google's rouge_score computes it.</summary>
public static partial class Rouge
{
    /// <summary>Lower-case runs of a-z and 0-9; words longer than three letters are stemmed where asked. Chinese text has no such tokens: use <see cref="Characters"/>.</summary>
    public static string[] Words(string text, bool stem = false)
    {
        var words = Separators().Split(text.ToLowerInvariant()).Where(w => w.Length > 0);
        return [.. stem ? words.Select(w => w.Length > 3 ? PorterStemmer.Stem(w) : w) : words];
    }

    /// <summary>One token per character without white space: the usual choice for Chinese.</summary>
    public static string[] Characters(string text) => [.. text.EnumerateRunes().Where(r => !System.Text.Rune.IsWhiteSpace(r)).Select(r => r.ToString())];

    /// <summary>Overlap of runs of n tokens.</summary>
    public static RougeScore Ngram(IReadOnlyList<string> reference, IReadOnlyList<string> hypothesis, int n)
    {
        var wanted = Ngrams.Count(reference, n);
        var given = Ngrams.Count(hypothesis, n);
        double common = wanted.Sum(g => Math.Min(g.Value, given.GetValueOrDefault(g.Key)));
        return new RougeScore(common / Math.Max(1, given.Values.Sum()), common / Math.Max(1, wanted.Values.Sum()));
    }

    /// <summary>Longest common subsequence.</summary>
    public static RougeScore Longest(IReadOnlyList<string> reference, IReadOnlyList<string> hypothesis)
    {
        if (reference.Count == 0 || hypothesis.Count == 0)
        {
            return default;
        }

        double length = Table(reference, hypothesis)[reference.Count, hypothesis.Count];
        return new RougeScore(length / hypothesis.Count, length / reference.Count);
    }

    /// <summary>Longest common subsequences of summaries: lines are sentences, and each reference sentence is met by all of them together.</summary>
    public static RougeScore LongestSummary(string reference, string hypothesis, Func<string, string[]> tokenize)
    {
        var wanted = Sentences(reference, tokenize);
        var given = Sentences(hypothesis, tokenize);
        var wantedLength = wanted.Sum(s => s.Length);
        var givenLength = given.Sum(s => s.Length);
        if (wantedLength == 0 || givenLength == 0)
        {
            return default;
        }

        var wantedLeft = Ngrams.Count([.. wanted.SelectMany(s => s)], 1);
        var givenLeft = Ngrams.Count([.. given.SelectMany(s => s)], 1);
        var hits = 0;
        foreach (var sentence in wanted)
        {
            SortedSet<int> met = [];
            foreach (var other in given)
            {
                met.UnionWith(Positions(sentence, other));
            }

            foreach (var token in met.Select(i => sentence[i]))
            {
                if (wantedLeft.GetValueOrDefault(token) > 0 && givenLeft.GetValueOrDefault(token) > 0)
                {
                    hits++;
                    wantedLeft[token]--;
                    givenLeft[token]--;
                }
            }
        }

        return new RougeScore((double)hits / givenLength, (double)hits / wantedLength);
    }

    private static List<string[]> Sentences(string text, Func<string, string[]> tokenize) => [.. text.Split('\n').Where(line => line.Length > 0).Select(tokenize)];

    private static int[,] Table(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var table = new int[a.Count + 1, b.Count + 1];
        for (var i = 1; i <= a.Count; i++)
        {
            for (var j = 1; j <= b.Count; j++)
            {
                table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
            }
        }

        return table;
    }

    private static List<int> Positions(string[] reference, string[] hypothesis)
    {
        var table = Table(reference, hypothesis);
        List<int> positions = [];
        for (int i = reference.Length, j = hypothesis.Length; i > 0 && j > 0;)
        {
            if (reference[i - 1] == hypothesis[j - 1])
            {
                positions.Add(i - 1);
                i--;
                j--;
            }
            else if (table[i, j - 1] > table[i - 1, j])
            {
                j--;
            }
            else
            {
                i--;
            }
        }

        return positions;
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Separators();
}
