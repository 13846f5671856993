using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>What the host knows of one attempt at a job: the newest numbers, and how the trainer said it ended.</summary>
public abstract class JobAttempt
{
    private long offset;

    /// <summary>Begins behind the events of earlier attempts.</summary>
    protected JobAttempt(JobFolder folder)
    {
        Folder = folder;
        offset = File.Exists(folder.Events) ? new FileInfo(folder.Events).Length : 0;
    }

    /// <summary>Last state the trainer reported in this attempt; null while it has not.</summary>
    public string? State { get; private set; }

    /// <summary>What the trainer said went wrong.</summary>
    public JobFailure? Failure { get; private set; }

    /// <summary>True when this attempt brought the job further than it was: the next one starts with a clean count.</summary>
    public abstract bool MovedOn { get; }

    protected JobFolder Folder { get; }

    /// <summary>Takes in what the trainer appended; true when there was something new.</summary>
    public bool ReadEvents()
    {
        var changed = false;
        foreach (var happened in EventTail.Read(Folder.Events, ref offset))
        {
            changed = true;
            State = happened.Type == JobEventTypes.State ? happened.State : State;
            Failure = happened.Failure ?? Failure;
            Take(happened);
        }

        return changed;
    }

    /// <summary>Keeps the numbers of an event.</summary>
    protected abstract void Take(JobEvent happened);
}
