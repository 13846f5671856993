namespace Studio.Data.Evaluation.Text;

/// <summary>Options of BLEU with sacrebleu's names and defaults.</summary>
public sealed record BleuOptions
{
    /// <summary>13a, intl, zh, char or none; null for 13a.</summary>
    public string Tokenize { get; init; } = "13a";

    public bool Lowercase { get; init; }

    /// <summary>exp, floor, add-k or none; acts on orders without a match (add-k: on all above the first).</summary>
    public string SmoothMethod { get; init; } = "exp";

    /// <summary>Null takes 0.1 for floor and 1 for add-k.</summary>
    public double? SmoothValue { get; init; }

    public int MaxNgramOrder { get; init; } = 4;

    /// <summary>Leaves out orders longer than the text; for single sentences.</summary>
    public bool EffectiveOrder { get; init; }
}

/// <param name="Score">0 to 100.</param>
/// <param name="Precisions">Per order, 0 to 100, smoothed.</param>
public sealed record BleuScore(double Score, IReadOnlyList<double> Precisions, IReadOnlyList<double> Counts, IReadOnlyList<double> Totals, double BrevityPenalty, int HypothesisLength, int ReferenceLength);

/// <summary>BLEU (Papineni et al. 2002) as sacrebleu computes it (Post 2018).</summary>
public static class Bleu
{
    /// <param name="references">Streams of references, each as long as the hypotheses.</param>
    public static BleuScore Corpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, BleuOptions? options = null)
    {
        options ??= new BleuOptions();
        var correct = new double[options.MaxNgramOrder];
        var total = new double[options.MaxNgramOrder];
        int hypothesisLength = 0, referenceLength = 0;
        for (var i = 0; i < hypotheses.Count; i++)
        {
            var tokens = Tokens(hypotheses[i], options);
            var others = references.Select(stream => Tokens(stream[i], options)).ToList();
            hypothesisLength += tokens.Length;
            referenceLength += others.Select(o => o.Length).OrderBy(length => Math.Abs(length - tokens.Length)).ThenBy(length => length).First();
            for (var order = 1; order <= options.MaxNgramOrder; order++)
            {
                var limits = new Dictionary<string, int>(StringComparer.Ordinal);
                foreach (var other in others)
                {
                    foreach (var (gram, count) in Ngrams.Count(other, order))
                    {
                        limits[gram] = Math.Max(limits.GetValueOrDefault(gram), count);
                    }
                }

                foreach (var (gram, count) in Ngrams.Count(tokens, order))
                {
                    total[order - 1] += count;
                    correct[order - 1] += Math.Min(count, limits.GetValueOrDefault(gram));
                }
            }
        }

        return Combine(correct, total, hypothesisLength, referenceLength, options);
    }

    public static BleuScore Sentence(string hypothesis, IReadOnlyList<string> references, BleuOptions? options = null) =>
        Corpus([hypothesis], [.. references.Select(r => (IReadOnlyList<string>)[r])], (options ?? new BleuOptions()) with { EffectiveOrder = true });

    private static string[] Tokens(string text, BleuOptions options) =>
        BleuTokenizers.Tokenize(options.Tokenize, options.Lowercase ? text.ToLowerInvariant() : text);

    private static BleuScore Combine(double[] correct, double[] total, int hypothesisLength, int referenceLength, BleuOptions options)
    {
        var penalty = hypothesisLength >= referenceLength ? 1 : hypothesisLength == 0 ? 0 : Math.Exp(1 - ((double)referenceLength / hypothesisLength));
        var precisions = new double[correct.Length];
        if (correct.All(c => c == 0))
        {
            return new BleuScore(0, precisions, correct, total, penalty, hypothesisLength, referenceLength);
        }

        var halving = 1.0;
        var orders = correct.Length;
        for (var n = 0; n < precisions.Length; n++)
        {
            if (options.SmoothMethod == "add-k" && n > 0)
            {
                correct[n] += options.SmoothValue ?? 1;
                total[n] += options.SmoothValue ?? 1;
            }

            if (total[n] == 0)
            {
                break;
            }

            if (options.EffectiveOrder)
            {
                orders = n + 1;
            }

            if (correct[n] > 0)
            {
                precisions[n] = 100 * correct[n] / total[n];
            }
            else if (options.SmoothMethod == "exp")
            {
                halving *= 2;
                precisions[n] = 100 / (halving * total[n]);
            }
            else if (options.SmoothMethod == "floor")
            {
                precisions[n] = 100 * (options.SmoothValue ?? 0.1) / total[n];
            }
        }

        var score = precisions.Take(orders).Any(p => p == 0) ? 0 : penalty * Math.Exp(precisions.Take(orders).Average(Math.Log));
        return new BleuScore(score, precisions, correct, total, penalty, hypothesisLength, referenceLength);
    }
}
