using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Validation;

namespace Studio.Data.Evaluation.Scorecards;

/// <summary>How many records meet a demand, of how many it applies to.</summary>
public readonly record struct Evidence(long Met, long Total)
{
    /// <summary>Share met; NaN when the demand applies to nothing yet.</summary>
    public double Value => Total > 0 ? (double)Met / Total : double.NaN;
}

/// <summary>A demand on the records, by the name that a scorecard's mapping uses.</summary>
public sealed record EvidenceRule(string Name, Func<EvidenceSources, Evidence> Count);

/// <summary>The list of demands: a new one is a line here.</summary>
public static class EvidenceRules
{
    private const int EnoughItems = 100;

    private static readonly string[] Languages = ["en", "zh"];

    public static IReadOnlyList<EvidenceRule> All { get; } =
    [
        new("versions_ready", s => Share(s.Versions.Where(v => v.State != DatasetState.Importing), v => v.State == DatasetState.Ready)),
        new("formats_used", s => AtLeast(3, s.Versions, Ready(s).Select(v => v.Format).OfType<string>())),
        new("rows_valid", s => new(Ready(s).Sum(v => v.ValidRows), Ready(s).Sum(v => v.Rows))),
        new("rows_unique", s => new(Ready(s).Sum(v => v.ValidRows - Math.Min(v.ValidRows, v.Statistics?.ExactDuplicates ?? 0)), Ready(s).Sum(v => v.ValidRows))),
        new("versions_hashed", s => Share(Ready(s), v => !string.IsNullOrEmpty(v.ContentSha256))),
        new("datasets_licensed", s => Share(s.Datasets, d => !string.IsNullOrWhiteSpace(d.Licence))),
        new("languages_covered", s => AtLeast(Languages.Length, s.Versions, Ready(s).SelectMany(v => v.Statistics?.Languages ?? new Dictionary<string, long>()).Where(l => l.Value > 0 && Languages.Contains(l.Key)).Select(l => l.Key))),

        new("jobs_succeeded", s => Share(s.Jobs.Where(j => j.State is JobState.Succeeded or JobState.Failed), j => j.State == JobState.Succeeded)),
        new("jobs_validated", s => Share(Succeeded(s), j => j.Progress.EvalLoss is not null)),
        new("jobs_resumed", s => Share(s.Jobs.Where(j => j.Attempts > 1 && j.State.IsFinal() && j.State != JobState.Cancelled), j => j.State == JobState.Succeeded)),
        new("recipes_valid", s => Share(s.Jobs, j => j.Recipe.Validate().All(p => p.Severity < Severity.Error))),
        new("speed_recorded", s => Share(Succeeded(s), j => j.Progress.TokensPerSecond > 0)),
        new("memory_recorded", s => Share(Succeeded(s), j => j.Progress.MemoryBytes > 0)),
        new("failures_explained", s => Share(s.Jobs.Where(j => j.State == JobState.Failed), j => j.Failure is { Message.Length: > 0, Remedy.Length: > 0 })),

        new("methods_used", s => AtLeast(3, s.Jobs, Succeeded(s).Select(j => j.Recipe.Method))),
        new("goals_used", s => AtLeast(3, s.Jobs, Succeeded(s).Select(j => j.Recipe.Goal))),
        new("preference_jobs", s => AtLeast(1, s.Jobs, Succeeded(s).Where(j => TrainingMethods.Find(j.Recipe.Method)?.Needs.All(n => n is not (ExampleKind.Chat or ExampleKind.Completion or ExampleKind.Text)) == true).Select(j => j.Id))),
        new("adapters_efficient", s => Share(s.Adapters, a => a.Kind != "full")),
        new("adapters_traced", s => Share(s.Adapters, a => s.Jobs.Any(j => j.Id == a.JobId))),
        new("adapters_sourced", s => Share(s.Adapters, a => a.DatasetVersionIds.Count > 0 && a.DatasetVersionIds.All(id => s.Versions.Any(v => v.Id == id)))),

        new("adapters_evaluated", s => Share(s.Adapters, a => s.Evaluations.Any(e => e.AdapterId == a.Id && e.Result is not null))),
        new("measures_compared", s => Share(OfAdapters(s), m => m.BaseValue is not null)),
        new("measures_with_interval", s => Share(Measures(s), m => m.Low is not null && m.High is not null)),
        new("measures_tested", s => Share(OfAdapters(s).Where(m => m.BaseValue is not null), m => m.PairedP is not null)),
        new("measures_large", s => Share(Measures(s), m => m.N >= EnoughItems)),
        new("suites_used", s => AtLeast(6, s.Evaluations, Measures(s).Select(m => m.Suite))),

        new("deployments_ready", s => Share(Running(s), d => d.State == DeploymentState.Ready)),
        new("deployments_proved", s => Share(Running(s), d => d.Proof is { Holds: true })),
        new("adapters_hashed", s => Share(s.Adapters, a => a.Sha256.Length == 64)),
        new("deployments_reversible", s => Share(Running(s), d => d.PreviousAdapterIds.Count > 0)),

        new("jobs_owned", s => Share(s.Jobs, j => !string.IsNullOrEmpty(j.OwnerId))),
        new("deployments_logged", s => Share(s.Deployments, d => s.Audit.Any(a => a.ObjectId == d.Id || a.ObjectId == d.Alias))),
        new("bases_identified", s => Share(s.BaseModels, b => b.Facts is { Sha256.Length: 64 })),
    ];

    public static EvidenceRule? Find(string name) => All.FirstOrDefault(r => r.Name == name);

    private static Evidence Share<T>(IEnumerable<T> records, Func<T, bool> met)
    {
        var all = records.ToList();
        return new Evidence(all.Count(met), all.Count);
    }

    /// <summary>Different names against a number asked for; no evidence where there is no record at all.</summary>
    private static Evidence AtLeast<T>(int wanted, IReadOnlyList<T> records, IEnumerable<string> names) =>
        records.Count == 0 ? default : new Evidence(Math.Min(wanted, names.Distinct(StringComparer.Ordinal).Count()), wanted);

    private static IEnumerable<DatasetVersion> Ready(EvidenceSources s) => s.Versions.Where(v => v.State == DatasetState.Ready);

    private static IEnumerable<TrainingJob> Succeeded(EvidenceSources s) => s.Jobs.Where(j => j.State == JobState.Succeeded);

    private static IEnumerable<Deployment> Running(EvidenceSources s) => s.Deployments.Where(d => d.State != DeploymentState.Stopped);

    private static IEnumerable<Measure> Measures(EvidenceSources s) => s.Evaluations.SelectMany(e => e.Result?.Measures ?? []).Where(m => m.Group is null);

    private static IEnumerable<Measure> OfAdapters(EvidenceSources s) => s.Evaluations.Where(e => e.AdapterId is not null).SelectMany(e => e.Result?.Measures ?? []).Where(m => m.Group is null);
}
