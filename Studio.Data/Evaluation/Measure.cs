using Studio.Data.Evaluation.Statistics;

namespace Studio.Data.Evaluation;

/// <summary>
/// One measured number: what, on how many items, with its 95 % interval. Shares are 0 to 1.
/// </summary>
/// <param name="Metric">Name within the suite, e.g. <c>refusal_rate</c>.</param>
/// <param name="N">Items behind the number.</param>
public sealed record Measure(string Suite, string Metric, double Value, long N)
{
    /// <summary>Category, subject or language the number is for; null is all items.</summary>
    public string? Group { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>True when more is better, false when less is, null when neither.</summary>
    public bool? HigherIsBetter { get; init; }

    /// <summary>share, points, seconds, tokens, nats, ...</summary>
    public string Unit { get; init; } = "share";

    /// <summary>The same number for the base on the same items.</summary>
    public double? BaseValue { get; init; }

    public double? BaseLow { get; init; }

    public double? BaseHigh { get; init; }

    /// <summary>p value of the paired test against the base (McNemar for shares, paired bootstrap otherwise).</summary>
    public double? PairedP { get; init; }

    /// <summary>True when the paired test finds a difference at 5 %; null without a base.</summary>
    public bool? DiffersFromBase => PairedP is { } p ? p < 0.05 : null;
}

/// <summary>What an evaluation found: <c>result.json</c> of its folder.</summary>
public sealed record EvaluationResult
{
    public required IReadOnlyList<Measure> Measures { get; init; }

    /// <summary>Suite -> SHA-256 over its items, so that two results are known to be comparable.</summary>
    public required IReadOnlyDictionary<string, string> SuiteHashes { get; init; }

    public required string BaseSha256 { get; init; }

    public string? AdapterSha256 { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public double Seconds { get; init; }

    /// <summary>How far the judges behind these numbers agree with hand labels.</summary>
    public IReadOnlyList<JudgeAgreement> Judges { get; init; } = [];

    public Measure? Find(string suite, string metric, string? group = null) =>
        Measures.FirstOrDefault(m => m.Suite == suite && m.Metric == metric && m.Group == group);
}

/// <summary>A judge that scored a suite, and its agreement with hand labels.</summary>
public sealed record JudgeAgreement(string Suite, string Judge, Agreement Agreement);

/// <summary>One item of one suite with what was answered: a line of <c>items/SUITE.jsonl</c>.</summary>
public sealed record EvaluatedItem
{
    public required string Id { get; init; }

    public string? Group { get; init; }

    public required string Prompt { get; init; }

    public string? Expected { get; init; }

    public required string Answer { get; init; }

    public string? BaseAnswer { get; init; }

    /// <summary>Metric -> value of this item (1 and 0 for yes and no).</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    public IReadOnlyDictionary<string, double>? BaseScores { get; init; }
}
