using Studio.Data.Jobs;

namespace Studio.FakeTrainer;

/// <summary>
/// What goes wrong in a job that does one item after the other. Its metadata cannot reach the trainer, so the seed says it: 1001 waits after three items for a file
/// "go" or a control word, 1002 is killed once after five items, 1003 is always killed, 1004 fails.
/// </summary>
/// <param name="wrong">What a failure says.</param>
internal sealed class FakeItems(FakeProcess process, int seed, string wrong)
{
    /// <summary>Called before each item.</summary>
    /// <param name="done">Items before this one.</param>
    /// <param name="afresh">True when no earlier process did items.</param>
    /// <returns>The exit code when it ends here.</returns>
    public async Task<int?> BeforeAsync(int done, bool afresh)
    {
        if (seed == 1001 && done == 3)
        {
            await process.WaitAsync();
        }

        if (process.Ends)
        {
            return FakeProcess.Ended;
        }

        if (process.Control is { } word)
        {
            process.State(word == "cancel" ? "cancelled" : "paused");
            return 0;
        }

        if ((seed == 1002 && done == 5 && afresh) || seed == 1003)
        {
            FakeProcess.Kill();
        }

        if (seed == 1004)
        {
            process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.Failure, Failure = new JobFailure("bad_data", wrong, "Correct the file.") });
            return 2;
        }

        return null;
    }

    public void Done(int done, int total, string part) =>
        process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.Metrics, Step = done, TotalSteps = total, Message = part });
}
