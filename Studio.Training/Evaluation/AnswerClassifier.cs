using System.Globalization;
using System.Text;
using Studio.Data;

namespace Studio.Training.Evaluation;

/// <summary>
/// A logistic regression over hashed words, word pairs and (in Chinese) characters of the beginning of an answer: small enough to travel inside the trainer, and the same on every machine.
/// </summary>
public sealed class AnswerClassifier
{
    private const int Buckets = 4096;
    private const int Characters = 240;
    private const int Opening = 4;
    private const int Rounds = 400;
    private const double Ridge = 0.02;
    private const double Rate = 4;

    private readonly double bias;
    private readonly double[] weights;

    private AnswerClassifier(double bias, double[] weights) => (this.bias, this.weights) = (bias, weights);

    /// <summary>Probability that the answer is of the kind that was labelled yes.</summary>
    public double Probability(string answer) => Sigmoid(bias + Features(answer).Sum(f => weights[f.Bucket] * f.Value));

    /// <summary>Fits labelled answers: the same answers in the same order give the same weights.</summary>
    public static AnswerClassifier Train(IReadOnlyList<(string Answer, bool Yes)> labelled)
    {
        var features = labelled.Select(l => Features(l.Answer)).ToArray();
        var weights = new double[Buckets];
        double bias = 0;

        // Both kinds count alike, whatever their numbers.
        var yes = Math.Max(1, labelled.Count(l => l.Yes));
        var no = Math.Max(1, labelled.Count - yes);
        for (var round = 0; round < Rounds; round++)
        {
            var slope = new double[Buckets];
            double biasSlope = 0;
            for (var i = 0; i < features.Length; i++)
            {
                var predicted = Sigmoid(bias + features[i].Sum(f => weights[f.Bucket] * f.Value));
                var error = (predicted - (labelled[i].Yes ? 1 : 0)) * 0.5 / (labelled[i].Yes ? yes : no);
                biasSlope += error;
                foreach (var (bucket, value) in features[i])
                {
                    slope[bucket] += error * value;
                }
            }

            for (var j = 0; j < Buckets; j++)
            {
                weights[j] -= Rate * (slope[j] + (Ridge / labelled.Count * weights[j]));
            }

            bias -= Rate * biasSlope;
        }

        return new AnswerClassifier(bias, weights);
    }

    /// <summary>Bias and the weights that are not 0, by bucket, rounded to thousandths.</summary>
    public string Write()
    {
        var stored = new Stored(Math.Round(bias, 3), []);
        for (var i = 0; i < Buckets; i++)
        {
            if (Math.Round(weights[i], 3) is not 0 and var weight)
            {
                stored.Weights.Add(i.ToString(CultureInfo.InvariantCulture), weight);
            }
        }

        return StudioJson.Serialize(stored);
    }

    /// <exception cref="System.Text.Json.JsonException">It is not what <see cref="Write"/> wrote.</exception>
    public static AnswerClassifier Read(string json)
    {
        var stored = StudioJson.Deserialize<Stored>(json);
        var weights = new double[Buckets];
        foreach (var (bucket, weight) in stored.Weights)
        {
            weights[int.Parse(bucket, CultureInfo.InvariantCulture)] = weight;
        }

        return new AnswerClassifier(stored.Bias, weights);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static List<(int Bucket, double Value)> Features(string answer)
    {
        var tokens = Tokens(answer.Length > Characters ? answer[..Characters] : answer);
        HashSet<string> names = new(StringComparer.Ordinal);
        for (var i = 0; i < tokens.Count; i++)
        {
            names.Add(tokens[i]);
            if (i < Opening)
            {
                names.Add($"^{tokens[i]}");
            }

            if (i + 1 < tokens.Count)
            {
                names.Add($"{tokens[i]} {tokens[i + 1]}");
            }

            if (i + 2 < tokens.Count)
            {
                names.Add($"{tokens[i]} {tokens[i + 1]} {tokens[i + 2]}");
            }
        }

        // Length must not decide.
        var value = 1 / Math.Sqrt(Math.Max(1, names.Count));
        return [.. names.Select(Bucket).Distinct().Order().Select(b => (b, value))];
    }

    /// <summary>Words in lower case; every Chinese character is one.</summary>
    private static List<string> Tokens(string text)
    {
        List<string> tokens = [];
        var word = new StringBuilder();
        foreach (var c in text.Replace('’', '\'').ToLowerInvariant())
        {
            var ideograph = c is >= '\u3400' and <= '\u9FFF';
            if (!ideograph && (char.IsLetterOrDigit(c) || c == '\''))
            {
                word.Append(c);
                continue;
            }

            if (word.Length > 0)
            {
                tokens.Add(word.ToString());
                word.Clear();
            }

            if (ideograph || c is ':' or '?' or '：' or '？')
            {
                tokens.Add(c.ToString());
            }
        }

        if (word.Length > 0)
        {
            tokens.Add(word.ToString());
        }

        return tokens;
    }

    // FNV-1a: the framework's own string hash differs from run to run.
    private static int Bucket(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 16777619u;
        }

        return (int)((hash ^ (hash >> 15)) % Buckets);
    }

    private sealed record Stored(double Bias, Dictionary<string, double> Weights);
}
