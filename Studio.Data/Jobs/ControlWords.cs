namespace Studio.Data.Jobs;

/// <summary>What people may ask of a running job: the words of <see cref="LeasedJob.Request"/> and of the control file.</summary>
public static class ControlWords
{
    /// <summary>Save and end; the job can go on later.</summary>
    public const string Pause = "pause";

    /// <summary>Finish now with what there is.</summary>
    public const string Stop = "stop";

    /// <summary>End without a result.</summary>
    public const string Cancel = "cancel";
}
