using System.Globalization;

namespace Studio.Training.Loop;

/// <summary>Tokens per second over the newest steps, and the time that is left.</summary>
public sealed class Throughput(TimeProvider time)
{
    private const int Window = 30;
    private readonly Queue<(double Seconds, long Tokens)> newest = new();
    private long mark = time.GetTimestamp();

    /// <summary>Seconds of all steps noted.</summary>
    public double Seconds { get; private set; }

    public double TokensPerSecond => newest.Count == 0 ? 0 : newest.Sum(s => s.Tokens) / Math.Max(1e-9, newest.Sum(s => s.Seconds));

    /// <summary>Begins to measure; what went before (an evaluation, a pause) does not count.</summary>
    public void Start() => mark = time.GetTimestamp();

    /// <summary>Notes a step and begins the next.</summary>
    public void Step(long tokens)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(mark, now).TotalSeconds;
        mark = now;
        Seconds += seconds;
        newest.Enqueue((seconds, tokens));
        if (newest.Count > Window)
        {
            newest.Dequeue();
        }
    }

    public double Remaining(int steps) => newest.Count == 0 ? 0 : steps * newest.Average(s => s.Seconds);
}

/// <summary>Memory of this process and of the machine.</summary>
public static class ProcessMemory
{
    /// <summary>Bytes that this process holds in memory now.</summary>
    public static long Resident => Status("VmRSS:") ?? Environment.WorkingSet;

    /// <summary>The most it ever held.</summary>
    public static long Peak => Status("VmHWM:") ?? Environment.WorkingSet;

    /// <summary>Bytes that the machine could still give.</summary>
    public static long Available => Line("/proc/meminfo", "MemAvailable:") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static long? Status(string name) => Line("/proc/self/status", name);

    private static long? Line(string file, string name)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                var number = line[name.Length..].Trim().Split(' ')[0];
                return long.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : null;
            }
        }

        return null;
    }
}
