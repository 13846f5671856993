using System.Globalization;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>An attempt at a training: it moves on from checkpoint to checkpoint.</summary>
public sealed class TrainingAttempt : JobAttempt
{
    private readonly int firstCheckpoint;

    public TrainingAttempt(TrainingJob job, JobFolder folder)
        : base(folder)
    {
        Progress = job.Progress;
        firstCheckpoint = NewestCheckpoint();
    }

    public JobProgress Progress { get; private set; }

    /// <summary>Last evaluation and training numbers, by name.</summary>
    public Dictionary<string, double> LastMetrics { get; } = new(StringComparer.Ordinal);

    public override bool MovedOn => NewestCheckpoint() > firstCheckpoint;

    protected override void Take(JobEvent happened)
    {
        var metrics = happened.Metrics;
        double? Number(string name) => metrics is not null && metrics.TryGetValue(name, out var value) && double.IsFinite(value) ? value : null;

        Progress = Progress with
        {
            Step = happened.Step ?? Progress.Step,
            TotalSteps = happened.TotalSteps ?? Progress.TotalSteps,
            Loss = Number("loss") ?? Progress.Loss,
            EvalLoss = Number("eval_loss") ?? Progress.EvalLoss,
            TokensPerSecond = Number("tokens_per_second") ?? Progress.TokensPerSecond,
            EtaSeconds = Number("eta_seconds") ?? Progress.EtaSeconds,
            TrainedTokens = (long)(Number("trained_tokens") ?? Progress.TrainedTokens),
            MemoryBytes = (long?)Number("memory_bytes") ?? Progress.MemoryBytes,
        };
        foreach (var (name, value) in metrics ?? new Dictionary<string, double>())
        {
            if (double.IsFinite(value))
            {
                LastMetrics[name] = value;
            }
        }
    }

    private int NewestCheckpoint() => Directory.Exists(Folder.Checkpoints)
        ? Directory.GetDirectories(Folder.Checkpoints, "step-*")
            .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .DefaultIfEmpty(-1)
            .Max()
        : -1;
}
