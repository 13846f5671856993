namespace Studio.Training.Loop;

/// <summary>How a run ended.</summary>
public enum LoopEnd
{
    /// <summary>All steps are done, or somebody asked to stop and keep.</summary>
    Done,

    Paused,
    Cancelled,

    /// <summary>The process must go; a checkpoint stands.</summary>
    Interrupted,
}
