using System.Globalization;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>What the host knows of one attempt: the claim, the newest numbers and how the trainer said it ended.</summary>
internal sealed class TrainingRun
{
    private readonly JobFolder folder;
    private long offset;

    public TrainingRun(TrainingJob job, JobFolder folder)
    {
        Job = job;
        this.folder = folder;
        Progress = job.Progress;
        offset = File.Exists(folder.Events) ? new FileInfo(folder.Events).Length : 0;
        FirstCheckpoint = NewestCheckpoint();
    }

    public TrainingJob Job { get; }

    public JobProgress Progress { get; private set; }

    /// <summary>Last state the trainer reported in this attempt.</summary>
    public string? State { get; private set; }

    public JobFailure? Failure { get; private set; }

    /// <summary>Last evaluation and training numbers, by name.</summary>
    public Dictionary<string, double> LastMetrics { get; } = new(StringComparer.Ordinal);

    private int FirstCheckpoint { get; }

    /// <summary>True when this attempt brought the job further than it was: the next one starts with a clean count.</summary>
    public bool MovedOn => NewestCheckpoint() > FirstCheckpoint;

    /// <summary>Takes in what the trainer appended; true when a number changed.</summary>
    public bool ReadEvents()
    {
        var changed = false;
        foreach (var happened in EventTail.Read(folder.Events, ref offset))
        {
            changed = true;
            Take(happened);
        }

        return changed;
    }

    private void Take(JobEvent happened)
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

        State = happened.Type == JobEventTypes.State ? happened.State : State;
        Failure = happened.Failure ?? Failure;
    }

    private int NewestCheckpoint() => Directory.Exists(folder.Checkpoints)
        ? Directory.GetDirectories(folder.Checkpoints, "step-*")
            .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .DefaultIfEmpty(-1)
            .Max()
        : -1;
}
