using System.Text;
using Studio.Data;
using Studio.Data.Jobs;

namespace Studio.Training.Loop;

/// <summary>
/// Appends to <c>events.jsonl</c>, each line flushed at once so that a crash loses none. Metrics that come faster than twenty a second replace each other; the newest is always written in the end.
/// </summary>
public sealed class EventWriter : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly FileStream stream;
    private readonly TimeProvider time;
    private readonly Action<JobEvent>? also;
    private JobEvent? waiting;
    private long lastMetrics;
    private bool anyMetrics;

    /// <param name="also">Told every event that is written (the terminal).</param>
    public EventWriter(string path, TimeProvider time, Action<JobEvent>? also = null)
    {
        (this.time, this.also) = (time, also);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        DropHalfLine(path);
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1);
    }

    public void Write(JobEvent entry)
    {
        lock (gate)
        {
            Flush();
            Append(entry);
        }
    }

    public void Log(string level, string message) => Write(New(JobEventTypes.Log) with { Level = level, Message = message });

    public void State(string state, string? message = null) => Write(New(JobEventTypes.State) with { State = state, Message = message });

    /// <summary>Metrics of a step; written now or, within the pace, when something else is.</summary>
    public void Metrics(JobEvent entry)
    {
        lock (gate)
        {
            if (anyMetrics && time.GetElapsedTime(lastMetrics) < Pace)
            {
                waiting = entry;
                return;
            }

            waiting = null;
            Append(entry);
            (lastMetrics, anyMetrics) = (time.GetTimestamp(), true);
        }
    }

    /// <summary>An event of a type, with the time of now.</summary>
    public JobEvent New(string type) => new() { Time = time.GetUtcNow(), Type = type };

    public void Dispose()
    {
        lock (gate)
        {
            Flush();
            stream.Dispose();
        }
    }

    private void Flush()
    {
        if (waiting is { } entry)
        {
            waiting = null;
            Append(entry);
            (lastMetrics, anyMetrics) = (time.GetTimestamp(), true);
        }
    }

    private void Append(JobEvent entry)
    {
        stream.Write(Encoding.UTF8.GetBytes(StudioJson.Serialize(entry) + "\n"));
        stream.Flush();
        also?.Invoke(entry);
    }

    // A process that was killed while writing leaves half a line, which would swallow the next one.
    private static void DropHalfLine(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var end = file.Length;
        Span<byte> one = stackalloc byte[1];
        for (var at = end - 1; at >= 0; at--)
        {
            file.Position = at;
            file.ReadExactly(one);
            if (one[0] == (byte)'\n')
            {
                if (at + 1 < end)
                {
                    file.SetLength(at + 1);
                }

                return;
            }
        }

        file.SetLength(0);
    }
}
