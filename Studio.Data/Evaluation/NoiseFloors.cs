namespace Studio.Data.Evaluation;

/// <summary>How far numbers move between repeated runs of the same thing: differences below that mean nothing.</summary>
public static class NoiseFloors
{
    public static string KeyOf(string suite, string metric, string? group = null) => group is null ? $"{suite}.{metric}" : $"{suite}.{metric}/{group}";

    /// <summary>"suite.metric" -> largest minus smallest value over the runs; metrics measured fewer than twice are left out.</summary>
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<EvaluationResult> runs) =>
        runs.SelectMany(run => run.Measures)
            .GroupBy(m => KeyOf(m.Suite, m.Metric, m.Group))
            .Where(group => group.Count() > 1)
            .ToDictionary(group => group.Key, group => group.Max(m => m.Value) - group.Min(m => m.Value));
}
