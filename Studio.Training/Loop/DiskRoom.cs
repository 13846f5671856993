using System.Globalization;

namespace Studio.Training.Loop;

/// <summary>Sees that the disk of a run has room for its checkpoints.</summary>
internal sealed class DiskRoom(string folder, EventWriter events, StopRequest stop)
{
    /// <param name="parameters">Numbers that learn.</param>
    /// <exception cref="TrainingFailure">The checkpoints do not fit.</exception>
    public void Check(long parameters)
    {
        // Weights and two moments in fp32; the newest, the best and the one being written stand at the same time.
        var needed = 3 * 12L * parameters;
        if (DiskSpace.Free(folder) is { } free && free < needed)
        {
            throw new TrainingFailure(
                "disk_full",
                string.Create(CultureInfo.InvariantCulture, $"The disk has {free / 1e9:F1} GB free and the checkpoints need {needed / 1e9:F1} GB."),
                "Free some space, or move the data folder to a larger disk.");
        }
    }

    /// <summary>Waits while there is hardly any room, until somebody wants something of the run; true when it had to.</summary>
    public bool Wait()
    {
        if (!IsLow())
        {
            return false;
        }

        events.Log("warn", "Less than 1 GiB of disk is free; training waits until there is more.");
        using var pulse = new ManualResetEventSlim();
        while (IsLow() && stop.Read() == Wish.GoOn)
        {
            pulse.Wait(TimeSpan.FromSeconds(2));
        }

        if (!IsLow())
        {
            events.Log("info", "There is room on the disk again; training goes on.");
        }

        return true;
    }

    private bool IsLow() => DiskSpace.Free(folder) is { } free && free < DiskSpace.Low;
}
