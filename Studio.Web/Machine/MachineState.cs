using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Serving;

namespace Studio.Web.Machine;

/// <summary>The machine as it is now.</summary>
/// <param name="Device">cpu, or what the trainer reported last.</param>
public sealed record MachineReport(
    string Device,
    string Processor,
    int Cores,
    long MemoryTotalBytes,
    long MemoryUsedBytes,
    long DiskTotalBytes,
    long DiskFreeBytes,
    int RunningJobs,
    int QueuedJobs,
    int RunningWorkers,
    string OperatingSystem,
    string Version);

/// <summary>Memory, cores, disk and what runs; read when asked for.</summary>
public sealed class MachineState(StudioDatabase database, LocalWorkers workers, StudioPaths paths)
{
    private readonly string processor = ReadProcessor();

    public MachineReport Read()
    {
        var (total, used) = ReadMemory();
        var drive = new DriveInfo(paths.Root);
        IReadOnlyList<LeasedJob> jobs = [.. database.Jobs.List(j => !j.State.IsFinal()), .. database.Evaluations.List(e => !e.State.IsFinal())];
        return new MachineReport(
            ReadDevice(),
            processor,
            Environment.ProcessorCount,
            total,
            used,
            drive.TotalSize,
            drive.AvailableFreeSpace,
            jobs.Count(j => j.State == JobState.Running),
            jobs.Count(j => j.State is JobState.Queued or JobState.Interrupted or JobState.Validating),
            workers.All.Count(w => w.Running),
            RuntimeInformation.OSDescription,
            typeof(MachineState).Assembly.GetName().Version?.ToString(3) ?? "");
    }

    private static string ReadDevice() =>
        Directory.Exists("/proc/driver/nvidia/gpus") ? "cuda"
        : OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "mps"
        : "cpu";

    private static (long Total, long Used) ReadMemory()
    {
        var known = GC.GetGCMemoryInfo();
        try
        {
            long Of(string name) => File.ReadLines("/proc/meminfo")
                .Where(l => l.StartsWith(name, StringComparison.Ordinal))
                .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
                .FirstOrDefault();

            var total = Of("MemTotal:");
            var available = Of("MemAvailable:");

            // In a container the limit is below what the machine has.
            return total > 0 ? (Math.Min(total, known.TotalAvailableMemoryBytes), Math.Min(total - available, known.TotalAvailableMemoryBytes)) : (known.TotalAvailableMemoryBytes, known.MemoryLoadBytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            return (known.TotalAvailableMemoryBytes, known.MemoryLoadBytes);
        }
    }

    private static string ReadProcessor()
    {
        try
        {
            return File.ReadLines("/proc/cpuinfo").Where(l => l.StartsWith("model name", StringComparison.Ordinal)).Select(l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).FirstOrDefault()
                ?? RuntimeInformation.ProcessArchitecture.ToString();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
