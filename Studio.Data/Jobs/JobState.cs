namespace Studio.Data.Jobs;

/// <summary>States of a job; the record in the store is the truth.</summary>
public enum JobState
{
    /// <summary>The data is being imported and checked.</summary>
    Validating,

    Queued,

    /// <summary>Claimed by a worker under a lease.</summary>
    Running,

    /// <summary>Stopped by a person at a checkpoint; resumes on request.</summary>
    Paused,

    /// <summary>The worker died or lost its lease; resumes from the newest whole checkpoint by itself.</summary>
    Interrupted,

    Succeeded,
    Failed,
    Cancelled,
}

public static class JobStates
{
    public static bool IsFinal(this JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>States from which a worker may claim the job.</summary>
    public static bool IsClaimable(this JobState state) => state is JobState.Queued or JobState.Interrupted;
}
