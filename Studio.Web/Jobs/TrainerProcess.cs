using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Studio.Web.Jobs;

/// <summary>How a trainer process ended.</summary>
/// <param name="Code">Exit code; 128 + signal where a signal ended it.</param>
/// <param name="LastLines">The end of its log.</param>
public sealed record TrainerExit(int Code, IReadOnlyList<string> LastLines)
{
    public const int BadInput = 2;
    public const int InternalFault = 3;
    public const int Interrupted = 130;
    public const int Killed = 137;
    public const int Terminated = 143;

    /// <summary>Name of the signal that ended it, null where none did.</summary>
    public string? Signal => Code switch
    {
        131 => "SIGQUIT",
        132 => "SIGILL",
        134 => "SIGABRT",
        135 => "SIGBUS",
        136 => "SIGFPE",
        Killed => "SIGKILL",
        139 => "SIGSEGV",
        Terminated => "SIGTERM",
        > 128 and < 165 => string.Create(CultureInfo.InvariantCulture, $"signal {Code - 128}"),
        _ => null,
    };
}

/// <summary>A running child process of the trainer. It is never left behind: disposing kills it.</summary>
public sealed partial class TrainerProcess : IAsyncDisposable
{
    private const int RememberedLines = 40;

    private readonly Process process;
    private readonly Queue<string> lastLines = new();
    private readonly StreamWriter? log;
    private readonly Task<TrainerExit> exited;

    private TrainerProcess(Process process, Action<string>? onOutput, StreamWriter? log)
    {
        this.process = process;
        this.log = log;
        Id = process.Id;
        StartedAt = ReadStartTime(process);
        process.StandardInput.Close();
        exited = FollowAsync(onOutput);
    }

    public int Id { get; }

    /// <summary>With the id, tells this process from a later one that the system gave the same id.</summary>
    public string StartedAt { get; }

    public bool HasExited => exited.IsCompleted;

    public Task<TrainerExit> Exited => exited;

    /// <param name="onOutput">Called with every line of standard output.</param>
    /// <param name="logPath">Standard error is appended here; null keeps only its end in memory.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static TrainerProcess Start(ProcessStartInfo command, Action<string>? onOutput = null, string? logPath = null)
    {
        var log = logPath is null ? null : new StreamWriter(new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
        try
        {
            return new TrainerProcess(Process.Start(command)!, onOutput, log);
        }
        catch
        {
            log?.Dispose();
            throw;
        }
    }

    /// <summary>Runs a short verb to its end and returns what it wrote; a cancelled wait kills it.</summary>
    public static async Task<(TrainerExit Exit, string Output)> RunAsync(ProcessStartInfo command, CancellationToken cancellation)
    {
        var output = new System.Text.StringBuilder();
        var process = Start(command, line => output.AppendLine(line));
        await using (process.ConfigureAwait(false))
        {
            var exit = await process.Exited.WaitAsync(cancellation);
            return (exit, output.ToString());
        }
    }

    /// <summary>Asks it to save and end. Windows has no signals, so there the caller's control file must do.</summary>
    public void Terminate()
    {
        if (!HasExited && !OperatingSystem.IsWindows())
        {
            _ = SendSignal(Id, 15);
        }
    }

    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in this moment.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Kill();
        }

        await exited;
        process.Dispose();
    }

    /// <summary>Kills a trainer that an earlier host left behind, if that very process still runs.</summary>
    public static async Task EndLeftoverAsync(int id, string startedAt, TimeSpan grace, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using var leftover = Process.GetProcessById(id);
            if (ReadStartTime(leftover) != startedAt)
            {
                return;
            }

            try
            {
                // It saw its parent die and is saving: a checkpoint cut short would cost more than the wait.
                await leftover.WaitForExitAsync(cancellation).WaitAsync(grace, time, cancellation);
            }
            catch (TimeoutException)
            {
                leftover.Kill(entireProcessTree: true);
            }
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            // No such process.
        }
    }

    private async Task<TrainerExit> FollowAsync(Action<string>? onOutput)
    {
        // Not on the caller's thread: pipes are read even where the caller never awaits.
        await Task.Yield();

        // Standard output is for programs (answers, events that are in the events file too); the log is what a person reads.
        var output = Pump(process.StandardOutput, line => onOutput?.Invoke(line));
        var errors = Pump(process.StandardError, Remember);
        await process.WaitForExitAsync();
        await Task.WhenAny(Task.WhenAll(output, errors), Task.Delay(TimeSpan.FromSeconds(2)));
        lock (lastLines)
        {
            log?.Dispose();
            return new TrainerExit(process.ExitCode, [.. lastLines]);
        }
    }

    private void Remember(string line)
    {
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            while (lastLines.Count > RememberedLines)
            {
                lastLines.Dequeue();
            }

            try
            {
                log?.WriteLine(line);
            }
            catch (Exception fault) when (fault is IOException or ObjectDisposedException)
            {
                // A full disk must not end the training that it could still save.
            }
        }
    }

    private static async Task Pump(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            take(line);
        }
    }

    private static string ReadStartTime(Process process)
    {
        try
        {
            return process.StartTime.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int id, int signal);
}
