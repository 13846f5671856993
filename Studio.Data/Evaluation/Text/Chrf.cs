namespace Studio.Data.Evaluation.Text;

/// <summary>Options of chrF with sacrebleu's names and defaults; word order 2 gives chrF++.</summary>
public sealed record ChrfOptions
{
    public int CharOrder { get; init; } = 6;

    public int WordOrder { get; init; }

    public double Beta { get; init; } = 2;

    public bool Lowercase { get; init; }

    /// <summary>Counts white space as characters.</summary>
    public bool Whitespace { get; init; }

    /// <summary>Smoothing of the first chrF++ program instead of leaving out empty orders.</summary>
    public bool EpsSmoothing { get; init; }
}

/// <summary>chrF (Popović 2015): F score over character n-grams, 0 to 100.</summary>
public static class Chrf
{
    private const double Epsilon = 1e-16;
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    public static double Corpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, ChrfOptions? options = null)
    {
        options ??= new ChrfOptions();
        var sum = new Counts[options.CharOrder + options.WordOrder];
        for (var i = 0; i < hypotheses.Count; i++)
        {
            var best = Best(hypotheses[i], references.Select(stream => stream[i]), options);
            for (var n = 0; n < sum.Length; n++)
            {
                sum[n] = new Counts(sum[n].Hypothesis + best[n].Hypothesis, sum[n].Reference + best[n].Reference, sum[n].Match + best[n].Match);
            }
        }

        return Score(sum, options);
    }

    public static double Sentence(string hypothesis, IReadOnlyList<string> references, ChrfOptions? options = null)
    {
        options ??= new ChrfOptions();
        return Score(Best(hypothesis, references, options), options);
    }

    /// <summary>Counts against the reference that gives the best score.</summary>
    private static Counts[] Best(string hypothesis, IEnumerable<string> references, ChrfOptions options)
    {
        var mine = Grams(hypothesis, options);
        Counts[]? best = null;
        foreach (var reference in references)
        {
            var counts = mine.Zip(Grams(reference, options), Match).ToArray();
            best = best is null || Score(counts, options) > Score(best, options) ? counts : best;
        }

        return best ?? throw new ArgumentException("There is no reference.", nameof(references));
    }

    private static Counts Match(Dictionary<string, int> hypothesis, Dictionary<string, int> reference) =>
        new(reference.Count == 0 ? 0 : hypothesis.Values.Sum(), reference.Values.Sum(), hypothesis.Sum(g => Math.Min(g.Value, reference.GetValueOrDefault(g.Key))));

    private static List<Dictionary<string, int>> Grams(string text, ChrfOptions options)
    {
        text = options.Lowercase ? text.ToLowerInvariant() : text;
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var characters = (options.Whitespace ? text : string.Concat(words)).EnumerateRunes().Select(r => r.ToString()).ToList();
        var separated = words.SelectMany(SeparatePunctuation).ToList();
        return [.. Enumerable.Range(1, options.CharOrder).Select(n => Ngrams.Count(characters, n)), .. Enumerable.Range(1, options.WordOrder).Select(n => Ngrams.Count(separated, n))];
    }

    private static IEnumerable<string> SeparatePunctuation(string word) =>
        word.Length == 1 ? [word]
        : Punctuation.Contains(word[^1], StringComparison.Ordinal) ? [word[..^1], word[^1..]]
        : Punctuation.Contains(word[0], StringComparison.Ordinal) ? [word[..1], word[1..]]
        : [word];

    private static double Score(Counts[] counts, ChrfOptions options)
    {
        var factor = options.Beta * options.Beta;
        double sum = 0, precision = 0, recall = 0;
        var orders = 0;
        foreach (var (hypothesis, reference, match) in counts)
        {
            var p = hypothesis > 0 ? (double)match / hypothesis : Epsilon;
            var r = reference > 0 ? (double)match / reference : Epsilon;
            var denominator = (factor * p) + r;
            sum += denominator > 0 ? (1 + factor) * p * r / denominator : Epsilon;
            if (hypothesis > 0 && reference > 0)
            {
                precision += p;
                recall += r;
                orders++;
            }
        }

        if (options.EpsSmoothing)
        {
            return 100 * sum / counts.Length;
        }

        if (orders == 0 || precision + recall == 0)
        {
            return 0;
        }

        precision /= orders;
        recall /= orders;
        return 100 * (1 + factor) * precision * recall / ((factor * precision) + recall);
    }

    private readonly record struct Counts(long Hypothesis, long Reference, long Match);
}
