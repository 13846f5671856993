using System.Numerics.Tensors;
using Studio.Training.Generation.Processors;

namespace Studio.Training.Generation;

/// <summary>A chosen token and its probability under the model (before any processor), as the OpenAI API reports it.</summary>
public readonly record struct TokenChoice(int Id, double LogProbability, IReadOnlyList<(int Id, double LogProbability)> Top);

/// <summary>Chooses the tokens of one sequence.</summary>
public sealed class Sampler(SamplingOptions options, ulong seed, IReadOnlyList<int> eosTokenIds)
{
    private readonly IReadOnlyList<ILogitsProcessor> _chain = LogitsProcessors.Chain(options);
    private readonly RandomStream _random = new(seed);

    /// <summary>True when this sampler takes the most likely token of the untouched logits.</summary>
    public bool IsPlainGreedy => _chain.Count == 0 && !options.DoSample;

    /// <param name="logits">(vocabulary); overwritten.</param>
    /// <param name="ids">Prompt and generated tokens so far.</param>
    /// <param name="topLogProbabilities">How many alternatives to report; null reports no probabilities at all.</param>
    public TokenChoice Choose(Span<float> logits, IReadOnlyList<int> ids, int promptLength, int? topLogProbabilities = null)
    {
        var normalizer = 0.0;
        IReadOnlyList<(int, double)> top = [];
        float[]? untouched = null;
        if (topLogProbabilities is { } count)
        {
            untouched = logits.ToArray();
            normalizer = LogSumExp(untouched);
            if (count > 0)
            {
                top = [.. Keep.Largest(untouched, count).Select(id => (Id: id, LogProbability: untouched[id] - normalizer)).OrderByDescending(t => t.LogProbability).ThenBy(t => t.Id)];
            }
        }

        var context = new LogitsContext(ids, promptLength, 0, eosTokenIds);
        foreach (var processor in _chain)
        {
            processor.Apply(logits, context);
        }

        var id = options.DoSample ? Draw(logits) : TensorPrimitives.IndexOfMax<float>(logits);
        return new TokenChoice(id, untouched is null ? 0 : untouched[id] - normalizer, top);
    }

    /// <summary>Log of the sum of exponentials, in double precision.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var max = TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        return max + Math.Log(sum);
    }

    private int Draw(ReadOnlySpan<float> scores)
    {
        using var probabilities = new Probabilities(scores);
        var values = probabilities.Values;
        var target = _random.NextDouble();
        var cumulative = 0.0;
        var last = -1;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] <= 0)
            {
                continue;
            }

            cumulative += values[i];
            last = i;
            if (target < cumulative)
            {
                return i;
            }
        }

        // Rounding can leave the sum a little under 1.
        return last >= 0 ? last : TensorPrimitives.IndexOfMax(scores);
    }
}
