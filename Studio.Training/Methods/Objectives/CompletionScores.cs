using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>Log-probabilities of the scored tokens of several sequences, laid end to end.</summary>
/// <param name="Tokens">(positions) fp32: log p of each scored token.</param>
/// <param name="Sequence">(positions) int64: the sequence a position belongs to, rising.</param>
/// <param name="Counts">Scored tokens of each sequence.</param>
public sealed record CompletionScores(Tensor Tokens, Tensor Sequence, IReadOnlyList<int> Counts)
{
    /// <summary>Completion tokens of each sequence as the collator counts them; the scored ones where nothing else is said.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = Counts;

    /// <summary>(positions): log Σ_v p_v², for the weighting of WPO; null where it is not asked for.</summary>
    public Tensor? LogSquares { get; init; }

    public int Sequences => Counts.Count;

    /// <summary>(sequences): sum over each sequence, every token times its weight.</summary>
    public Tensor Sums(Tensor? weights = null) => Gather(weights is null ? Tokens : Tokens * weights);

    /// <summary>(sequences): mean over each sequence; 0 where nothing is scored.</summary>
    public Tensor Means() => Sums() / Float(Counts.Select(c => Math.Max(1, c)));

    /// <summary>(sequences): sum of values per position over each sequence.</summary>
    public Tensor Gather(Tensor values) => zeros([Sequences], ScalarType.Float32, Tokens.device).index_add(0, Sequence, values, Native.Scalars.One);

    /// <summary>The same sequences, a range of them.</summary>
    public CompletionScores Part(int first, int count)
    {
        var before = Counts.Take(first).Sum();
        var within = Counts.Skip(first).Take(count).ToArray();
        return this with
        {
            Tokens = Tokens.narrow(0, before, within.Sum()),
            Sequence = Sequence.narrow(0, before, within.Sum()) - Native.Scalars.Of((long)first),
            Counts = within,
            Lengths = [.. Lengths.Skip(first).Take(count)],
            LogSquares = LogSquares?.narrow(0, before, within.Sum()),
        };
    }

    /// <summary>A constant vector beside the scores.</summary>
    public Tensor Float(IEnumerable<int> values) => tensor(values.Select(v => (float)v).ToArray(), device: Tokens.device);
}

/// <summary>A loss as a scalar tensor, and numbers for the charts.</summary>
public sealed record ObjectiveResult(Tensor Loss, IReadOnlyDictionary<string, double> Metrics);
