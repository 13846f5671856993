using System.Globalization;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>What a run wants to hear while its process works.</summary>
/// <param name="Request">The newest request in the record; null where there is none.</param>
/// <param name="ReadEvents">Takes in new events; true when a number changed.</param>
/// <param name="WriteProgress">Writes the numbers into the record, about once a second.</param>
internal sealed record JobFollower(Func<string?> Request, Func<bool> ReadEvents, Action WriteProgress);

/// <summary>Runs a verb of the trainer in the folder of a job and follows it: requests of people, the end of the host, a process that an earlier host left behind.</summary>
public sealed class JobProcess(TrainerProgram trainer, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ProgressBeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SaveTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CancelTime = TimeSpan.FromSeconds(20);

    /// <param name="lost">Cancelled when the claim on the job was lost: the process is killed and nothing more is written.</param>
    internal async Task<TrainerExit> RunAsync(string verb, JobFolder folder, JobFollower follower, CancellationToken lost)
    {
        await EndLeftoverAsync(folder, lost);
        WriteControl(folder, follower.Request());
        var process = TrainerProcess.Start(trainer.Command(verb, folder.Root), logPath: folder.Log);
        await using (process.ConfigureAwait(false))
        {
            await File.WriteAllTextAsync(ProcessFile(folder), string.Create(CultureInfo.InvariantCulture, $"{process.Id} {process.StartedAt}"), lost);
            await FollowAsync(folder, process, follower, lost);
            var exit = await process.Exited;
            File.Delete(ProcessFile(folder));
            follower.ReadEvents();
            return exit;
        }
    }

    /// <summary>Passes a request on to the running process, which looks at the file once per step.</summary>
    internal static void WriteControl(JobFolder folder, string? request)
    {
        if (request is { } word)
        {
            Directory.CreateDirectory(folder.Root);
            File.WriteAllText(folder.Control + ".partial", word);
            File.Move(folder.Control + ".partial", folder.Control, overwrite: true);
        }
        else
        {
            File.Delete(folder.Control);
        }
    }

    private async Task FollowAsync(JobFolder folder, TrainerProcess process, JobFollower follower, CancellationToken lost)
    {
        var stopping = lifetime.ApplicationStopping;
        long? terminatedAt = null, cancelledAt = null;
        var written = time.GetTimestamp();
        var fresh = false;
        while (!process.HasExited)
        {
            await Task.WhenAny(process.Exited, Task.Delay(Beat, time, lost));
            lost.ThrowIfCancellationRequested();
            fresh |= follower.ReadEvents();

            if (stopping.IsCancellationRequested && terminatedAt is null)
            {
                terminatedAt = time.GetTimestamp();
                AskToSave(folder, process);
            }
            else if (terminatedAt is { } asked && time.GetElapsedTime(asked) > SaveTime)
            {
                process.Kill();
            }

            if (time.GetElapsedTime(written) < ProgressBeat)
            {
                continue;
            }

            written = time.GetTimestamp();
            if (fresh)
            {
                follower.WriteProgress();
                fresh = false;
            }

            cancelledAt = Insist(folder, process, follower.Request(), cancelledAt);
        }
    }

    // The record is the truth: a request whose control file got lost is written again, and a cancel that is not obeyed becomes a kill.
    private long? Insist(JobFolder folder, TrainerProcess process, string? request, long? cancelledAt)
    {
        if (request is null)
        {
            return null;
        }

        if (!File.Exists(folder.Control))
        {
            WriteControl(folder, request);
        }

        if (request != ControlWords.Cancel)
        {
            return null;
        }

        if (cancelledAt is { } since && time.GetElapsedTime(since) > CancelTime)
        {
            process.Kill();
        }

        return cancelledAt ?? time.GetTimestamp();
    }

    private static void AskToSave(JobFolder folder, TrainerProcess process)
    {
        if (OperatingSystem.IsWindows())
        {
            File.WriteAllText(folder.Control, ControlWords.Pause);
        }
        else
        {
            process.Terminate();
        }
    }

    private async Task EndLeftoverAsync(JobFolder folder, CancellationToken lost)
    {
        if (!File.Exists(ProcessFile(folder)))
        {
            return;
        }

        if ((await File.ReadAllTextAsync(ProcessFile(folder), lost)).Split(' ') is [var id, var startedAt] && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            await TrainerProcess.EndLeftoverAsync(pid, startedAt, SaveTime, time, lost);
        }

        File.Delete(ProcessFile(folder));
    }

    private static string ProcessFile(JobFolder folder) => Path.Combine(folder.Root, "trainer.pid");
}
