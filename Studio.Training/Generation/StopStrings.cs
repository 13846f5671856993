namespace Studio.Training.Generation;

/// <summary>
/// Finds stop strings in text that grows token by token. A stop string counts when it stands in the text and overlaps the newest piece; the piece may run past it.
/// </summary>
public sealed class StopStrings(IReadOnlyList<string> stops)
{
    private readonly int _longest = stops.Count == 0 ? 0 : stops.Max(s => s.Length);

    /// <summary>Start of the earliest stop string that overlaps the last <paramref name="newest"/> characters, or -1.</summary>
    public int Find(ReadOnlySpan<char> text, int newest)
    {
        var best = -1;
        foreach (var stop in stops)
        {
            // A match must end inside the newest piece, so it begins at most this early.
            var from = Math.Max(0, text.Length - newest - stop.Length + 1);
            var at = text[from..].IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (best < 0 || from + at < best))
            {
                best = from + at;
            }
        }

        return best;
    }

    /// <summary>Length of the longest end of the text that may be the beginning of a stop string, so that a stream must hold it back.</summary>
    public int HeldBack(ReadOnlySpan<char> text)
    {
        for (var length = Math.Min(_longest - 1, text.Length); length > 0; length--)
        {
            var tail = text[^length..];
            foreach (var stop in stops)
            {
                if (stop.Length > length && stop.AsSpan().StartsWith(tail, StringComparison.Ordinal))
                {
                    return length;
                }
            }
        }

        return 0;
    }
}
