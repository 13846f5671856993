using Studio.Data.Jobs;

namespace Studio.Data.Evaluation;

/// <summary>Everything that evaluations say of one adapter: of each metric the newest value, where it came from, and its noise.</summary>
/// <param name="Result">Null when nothing was evaluated.</param>
/// <param name="Sources">"suite.metric" -> the evaluation that measured it.</param>
/// <param name="Noise">"suite.metric" -> spread over runs with different seeds.</param>
public sealed record GateEvidence(EvaluationResult? Result, IReadOnlyDictionary<string, string> Sources, IReadOnlyDictionary<string, double> Noise)
{
    private static readonly EvaluationResult Nothing = new() { Measures = [], SuiteHashes = new Dictionary<string, string>(), BaseSha256 = "", FinishedAt = default };

    /// <param name="adapterSha256">Results of other weights do not count.</param>
    public static GateEvidence Of(string adapterSha256, IEnumerable<EvaluationJob> evaluations)
    {
        var counted = evaluations
            .Where(e => e is { State: JobState.Succeeded, Result: { } result } && (result.AdapterSha256 is null || string.Equals(result.AdapterSha256, adapterSha256, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(e => e.Result!.FinishedAt).ThenBy(e => e.CreatedAt)
            .ToList();
        Dictionary<string, Measure> newest = new(StringComparer.Ordinal);
        Dictionary<string, string> sources = new(StringComparer.Ordinal);
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (var evaluation in counted)
        {
            foreach (var measure in evaluation.Result!.Measures)
            {
                var name = NoiseFloors.KeyOf(measure.Suite, measure.Metric, measure.Group);
                newest[name] = measure;
                sources[name] = evaluation.Id;
            }

            foreach (var (suite, hash) in evaluation.Result.SuiteHashes)
            {
                hashes[suite] = hash;
            }
        }

        // The same seed repeats the same answers, which says nothing about noise.
        var repeated = counted.GroupBy(e => e.Seed).Select(runs => runs.Last().Result!).ToList();
        return new GateEvidence(counted is [.., var last] ? last.Result! with { Measures = [.. newest.Values], SuiteHashes = hashes } : null, sources, NoiseFloors.Of(repeated));
    }

    /// <summary>Judges by a policy; every rule names the evaluation it was judged by.</summary>
    public Verdict Judge(ReleasePolicy policy, string? goal)
    {
        var verdict = policy.Judge(Result ?? Nothing, "", Noise, goal);
        return verdict with
        {
            Rules = [.. verdict.Rules.Select(r => r.Value is null ? r : r with { EvaluationId = Sources.GetValueOrDefault(NoiseFloors.KeyOf(r.Rule.Suite, r.Rule.Metric, r.Rule.Group)) })],
            EvaluationId = Sources.Values.LastOrDefault() ?? "",
        };
    }
}
