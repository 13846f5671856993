using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>An attempt at a job that goes through items one after the other: items done, the part they belong to, and the time that is left.</summary>
/// <param name="done">Items that earlier attempts did.</param>
public sealed class ItemAttempt(JobFolder folder, int done, int total) : JobAttempt(folder)
{
    private readonly int before = done;
    private (DateTimeOffset Time, int Done)? first;

    public int Done { get; private set; } = done;

    public int Total { get; private set; } = total;

    /// <summary>Part of the job that the newest item belongs to (a suite).</summary>
    public string? Part { get; private set; }

    public double? EtaSeconds { get; private set; }

    public override bool MovedOn => Done > before;

    protected override void Take(JobEvent happened)
    {
        if (happened is not { Type: JobEventTypes.Metrics, Step: { } step, TotalSteps: { } all })
        {
            return;
        }

        first ??= (happened.Time, step);
        (Done, Total, Part) = (step, all, happened.Message ?? Part);
        var answered = step - first.Value.Done;
        EtaSeconds = answered > 0 ? (happened.Time - first.Value.Time).TotalSeconds / answered * (all - step) : null;
    }
}
