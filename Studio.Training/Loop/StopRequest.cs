using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data.Jobs;

namespace Studio.Training.Loop;

/// <summary>What somebody wants of a running job.</summary>
public enum Wish
{
    GoOn,

    /// <summary>Save a checkpoint and end; the job can be resumed.</summary>
    Pause,

    /// <summary>Finish now and keep what is trained as the result.</summary>
    Stop,

    /// <summary>End without a result.</summary>
    Cancel,

    /// <summary>The process is asked to go (SIGTERM) or its host is gone: save a checkpoint and end at once.</summary>
    Interrupt,
}

/// <summary>
/// Collects wishes: the <c>control</c> file of the job, SIGTERM and SIGINT, and the death of the host process named by <c>STUDIO_PARENT_PID</c>.
/// </summary>
public sealed class StopRequest : IDisposable
{
    private static readonly TimeSpan ParentPace = TimeSpan.FromSeconds(1);

    private readonly string? control;
    private readonly List<PosixSignalRegistration> signals = [];
    private readonly ITimer? watch;
    private volatile bool interrupted;

    private StopRequest(string? control, bool process, TimeProvider time)
    {
        this.control = control;
        if (!process)
        {
            return;
        }

        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                // The default would end the process before the checkpoint stands.
                context.Cancel = true;
                interrupted = true;
            }));
        }

        if (int.TryParse(Environment.GetEnvironmentVariable("STUDIO_PARENT_PID"), CultureInfo.InvariantCulture, out var parent) && parent > 1)
        {
            watch = time.CreateTimer(_ => interrupted |= !Lives(parent), null, ParentPace, ParentPace);
        }
    }

    /// <summary>Listens to everything: for the trainer process.</summary>
    public static StopRequest OfProcess(JobFolder folder, TimeProvider time) => new(folder.Control, true, time);

    /// <summary>Listens to the control file alone.</summary>
    public static StopRequest OfFolder(JobFolder folder) => new(folder.Control, false, TimeProvider.System);

    /// <summary>Why the process was interrupted matters to nobody but the exit code.</summary>
    public bool Interrupted => interrupted;

    public void Interrupt() => interrupted = true;

    /// <summary>The strongest wish at this moment.</summary>
    public Wish Read()
    {
        if (interrupted)
        {
            return Wish.Interrupt;
        }

        if (control is null || !File.Exists(control))
        {
            return Wish.GoOn;
        }

        try
        {
            return File.ReadAllText(control).Trim() switch
            {
                ControlWords.Pause => Wish.Pause,
                ControlWords.Stop => Wish.Stop,
                ControlWords.Cancel => Wish.Cancel,
                _ => Wish.GoOn,
            };
        }
        catch (IOException)
        {
            // The host is writing it at this moment; the next step reads it.
            return Wish.GoOn;
        }
    }

    public void Dispose()
    {
        watch?.Dispose();
        foreach (var signal in signals)
        {
            signal.Dispose();
        }
    }

    private static bool Lives(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
