using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>Reads what was appended to an <c>events.jsonl</c> since an offset. A line that the trainer has not finished yet stays for the next call.</summary>
public static class EventTail
{
    private const int LongestRead = 4 << 20;

    /// <summary>Whole lines after <paramref name="offset"/>, which moves behind them; lines that are no events are passed over.</summary>
    public static IReadOnlyList<JobEvent> Read(string path, ref long offset)
    {
        List<JobEvent> events = [];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            while (file.Length > offset)
            {
                file.Position = offset;
                var buffer = new byte[Math.Min(file.Length - offset, LongestRead)];
                var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                var end = Array.LastIndexOf(buffer, (byte)'\n', Math.Max(read - 1, 0));
                if (end < 0)
                {
                    // A line longer than any event can be is damage: leave it behind instead of reading it for ever.
                    offset += read == LongestRead ? read : 0;
                    return events;
                }

                foreach (var line in Encoding.UTF8.GetString(buffer, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    if (Parse(line) is { } found)
                    {
                        events.Add(found);
                    }
                }

                offset += end + 1;
            }
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return events;
        }

        return events;
    }

    private static JobEvent? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JobEvent>(line, StudioJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
