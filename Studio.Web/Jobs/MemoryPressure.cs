using System.Globalization;

namespace Studio.Web.Jobs;

/// <summary>Tells whether the system killed a process for memory: SIGKILL alone does not say who sent it.</summary>
public static class MemoryPressure
{
    private static readonly string[] Counters = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control", "/proc/vmstat"];

    /// <summary>Processes killed for memory since boot; 0 where the system does not tell.</summary>
    public static long Kills() => Counters.Select(Read).DefaultIfEmpty().Max();

    private static long Read(string path)
    {
        try
        {
            return File.ReadLines(path)
                .Where(l => l.StartsWith("oom_kill ", StringComparison.Ordinal))
                .Select(l => long.TryParse(l.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : 0)
                .FirstOrDefault();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
