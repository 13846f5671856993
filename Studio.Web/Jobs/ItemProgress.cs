using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>What the host knows of one attempt at a job that goes through items one after the other: items done, the speed, and how the trainer said it ended.</summary>
internal sealed class ItemProgress
{
    private readonly JobFolder folder;
    private readonly int before;
    private long offset;
    private (DateTimeOffset Time, int Done)? first;

    /// <param name="done">Items that earlier attempts did.</param>
    public ItemProgress(JobFolder folder, int done, int total)
    {
        this.folder = folder;
        (before, Done, Total) = (done, done, total);
        offset = File.Exists(folder.Events) ? new FileInfo(folder.Events).Length : 0;
    }

    public int Done { get; private set; }

    public int Total { get; private set; }

    /// <summary>Part of the job that the newest item belongs to (a suite).</summary>
    public string? Part { get; private set; }

    public double? EtaSeconds { get; private set; }

    /// <summary>Last state the trainer reported in this attempt.</summary>
    public string? State { get; private set; }

    public JobFailure? Failure { get; private set; }

    /// <summary>True when this attempt did items: the next one starts with a clean count.</summary>
    public bool MovedOn => Done > before;

    /// <returns>True when there was something new.</returns>
    public bool ReadEvents()
    {
        var changed = false;
        foreach (var happened in EventTail.Read(folder.Events, ref offset))
        {
            changed = true;
            State = happened.Type == JobEventTypes.State ? happened.State : State;
            Failure = happened.Failure ?? Failure;
            if (happened is not { Type: JobEventTypes.Metrics, Step: { } done, TotalSteps: { } total })
            {
                continue;
            }

            first ??= (happened.Time, done);
            (Done, Total, Part) = (done, total, happened.Message ?? Part);
            var answered = done - first.Value.Done;
            EtaSeconds = answered > 0 ? (happened.Time - first.Value.Time).TotalSeconds / answered * (total - done) : null;
        }

        return changed;
    }
}
