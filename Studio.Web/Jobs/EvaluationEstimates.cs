using Studio.Data.Evaluation;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>What an evaluation will take.</summary>
/// <param name="Items">Items in all; null where a source was not counted yet.</param>
/// <param name="Calibrated">True when the speed comes from evaluations of this model on this machine.</param>
public sealed record EvaluationEstimate(int Items, double Seconds, bool Calibrated);

/// <summary>Estimates items and time from what earlier evaluations took on this machine.</summary>
public sealed class EvaluationEstimates(StudioDatabase database, SuiteItemSources sources)
{
    // Seconds per item of a model of a hundred million parameters on a laptop, before anything was measured here.
    private const double SecondsPerUnit = 0.5;
    private const double UsualParameters = 1.35e8;

    // What an item costs beside a short generated answer.
    private static readonly Dictionary<string, double> Weights = new(StringComparer.Ordinal)
    {
        ["last_word"] = 0.1,
        ["perplexity"] = 0.3,
        ["multiple_choice"] = 0.2,
        ["stop_rate"] = 2,
        ["generation_overlap"] = 2,
        ["math_answer"] = 3,
    };

    // Items that suites bring, until a result on this machine tells.
    private static readonly Dictionary<string, int> OwnItems = new(StringComparer.Ordinal)
    {
        ["refusal_pair"] = 600,
        ["hallucination"] = 250,
        ["last_word"] = 500,
        ["stop_rate"] = 400,
    };

    public EvaluationEstimate Of(string? baseModelId, IReadOnlyList<SuiteUse> suites, bool withBase, int models = 1)
    {
        var items = suites.Sum(Items);
        var work = suites.Sum(s => Items(s) * Weights.GetValueOrDefault(s.Suite, 1)) * (withBase ? 2 : 1) * models;
        List<double> measured = [];
        foreach (var past in database.Evaluations.List(e => e.BaseModelId == baseModelId && e.Result is { Seconds: > 1 }, limit: 5))
        {
            var done = past.Suites.Sum(s => Measured(past, s.Suite) * Weights.GetValueOrDefault(s.Suite, 1)) * (past.CompareWithBase && past.Result!.AdapterSha256 is not null ? 2 : 1);
            if (done > 0)
            {
                measured.Add(past.Result!.Seconds / done);
            }
        }

        var parameters = baseModelId is null ? 0 : database.BaseModels.Get(baseModelId)?.Facts?.Parameters ?? 0;
        var perUnit = measured.Count > 0 ? measured.Average() : SecondsPerUnit * Math.Max(0.1, (parameters > 0 ? parameters : UsualParameters) / UsualParameters);
        return new EvaluationEstimate(items * models, work * perUnit, measured.Count > 0);
    }

    /// <summary>Items that a suite will ask.</summary>
    public int Items(SuiteUse use)
    {
        var perRow = use.Suite == "refusal_pair" ? 2 : 1;
        var rows = use.Items is { } source
            ? database.DatasetVersions.Get(source) is { } version ? (int)Math.Min(version.ValidRows, int.MaxValue) : sources.CountOf(use.Suite, source)
            : (database.Evaluations.List(e => e.Result is not null && e.Suites.Any(s => s.Suite == use.Suite && s.Items is null && s.Limit is null), limit: 1) is [var past] ? (int)Measured(past, use.Suite) / perRow : OwnItems.GetValueOrDefault(use.Suite, 100) / perRow);
        return perRow * Math.Min(rows, use.Limit ?? int.MaxValue);
    }

    private static long Measured(EvaluationJob evaluation, string suite)
    {
        var counts = evaluation.Result!.Measures.Where(m => m.Suite == suite && m.Group is null).Select(m => m.N).ToList();
        return counts.Count == 0 ? 0 : counts.Max();
    }
}
