using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data;
using Studio.Data.Jobs;

namespace Studio.FakeTrainer;

/// <summary>What the host can see and do of a trainer process: events, the control file, SIGTERM, the death of the parent.</summary>
internal sealed class FakeProcess : IDisposable
{
    public const int Ended = 143;

    private readonly JobFolder folder;
    private readonly PosixSignalRegistration onTerminate;
    private volatile bool terminated;

    public FakeProcess(JobFolder folder)
    {
        this.folder = folder;
        onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            terminated = true;
        });
    }

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>True when the process was told to go, or its host is gone.</summary>
    public bool Ends => terminated || !ParentLives();

    /// <summary>The word in the control file; null where there is none.</summary>
    public string? Control => File.Exists(folder.Control) ? File.ReadAllText(folder.Control) : null;

    /// <summary>Until there is a file "go", a control word, or an end.</summary>
    public async Task WaitAsync()
    {
        while (!File.Exists(Path.Combine(folder.Root, "go")) && Control is null && !Ends)
        {
            await Task.Delay(20);
        }
    }

    public void Write(JobEvent happened) => File.AppendAllText(folder.Events, StudioJson.Serialize(happened) + "\n");

    public void State(string state) => Write(new JobEvent { Time = Now, Type = JobEventTypes.State, State = state });

    public static void Kill() => Process.GetCurrentProcess().Kill();

    public static bool ParentLives()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("STUDIO_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
        {
            return true;
        }

        try
        {
            using var process = Process.GetProcessById(parent);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public void Dispose() => onTerminate.Dispose();
}
