using Studio.Data.Jobs;
using Studio.Data.Preparation;

namespace Studio.Web.Jobs;

/// <summary>What the host knows of one attempt at a preparation: prompts done, the speed, and how the trainer said it ended.</summary>
internal sealed class PreparationProgress
{
    private readonly JobFolder folder;
    private readonly int before;
    private long offset;
    private (DateTimeOffset Time, int Done)? first;

    public PreparationProgress(PreparationJob preparation, JobFolder folder)
    {
        this.folder = folder;
        (before, Done, Total) = (preparation.Done, preparation.Done, preparation.Total);
        offset = File.Exists(folder.Events) ? new FileInfo(folder.Events).Length : 0;
    }

    public int Done { get; private set; }

    public int Total { get; private set; }

    public double? EtaSeconds { get; private set; }

    /// <summary>Last state the trainer reported in this attempt.</summary>
    public string? State { get; private set; }

    public JobFailure? Failure { get; private set; }

    /// <summary>True when this attempt answered prompts: the next one starts with a clean count.</summary>
    public bool MovedOn => Done > before;

    /// <summary>The numbers as the record shows them.</summary>
    public PreparationJob In(PreparationJob preparation) => preparation with { Done = Done, Total = Total, Phase = State, EtaSeconds = EtaSeconds };

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
            (Done, Total) = (done, total);
            var answered = done - first.Value.Done;
            EtaSeconds = answered > 0 ? (happened.Time - first.Value.Time).TotalSeconds / answered * (total - done) : null;
        }

        return changed;
    }
}
