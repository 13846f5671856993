using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Pages.Runs;

/// <summary>What several pages say about a run.</summary>
public static class RunWords
{
    /// <summary>Names of the datasets with their versions: Harbour support v4, Minutes v1.</summary>
    public static string DataNames(TrainingJob job, StudioDatabase database) => string.Join(", ", job.Data.Select(d => DataName(d.DatasetVersionId, database)));

    public static string DataName(string versionId, StudioDatabase database) =>
        database.DatasetVersions.Get(versionId) is { } version
            ? FormattableString.Invariant($"{database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName} v{version.Number}")
            : versionId;

    /// <summary>Seconds between start and end, or until now; null before the start.</summary>
    public static double? Seconds(TrainingJob job, TimeProvider clock) =>
        job.StartedAt is { } start ? ((job.FinishedAt ?? clock.GetUtcNow()) - start).TotalSeconds : null;

    /// <summary>SFT, LoRA r 16.</summary>
    public static string Method(TrainingJob job) =>
        job.Recipe.Lora.Enabled ? FormattableString.Invariant($"{job.Recipe.Method.ToUpperInvariant()}, LoRA r {job.Recipe.Lora.R}") : job.Recipe.Method.ToUpperInvariant();
}
