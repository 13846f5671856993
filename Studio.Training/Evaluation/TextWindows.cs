namespace Studio.Training.Evaluation;

/// <summary>Cuts long texts into windows that a model can see, each as context and the tokens scored in it.</summary>
public static class TextWindows
{
    /// <summary>Windows of <paramref name="maxLength"/> tokens that begin every <paramref name="stride"/> tokens; only what the window before did not cover is scored. The first token of the text has no context and is not scored.</summary>
    public static IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Scored)> Strided(IReadOnlyList<int> ids, int maxLength, int stride)
    {
        List<(IReadOnlyList<int>, IReadOnlyList<int>)> windows = [];
        var before = 0;
        for (var begin = 0; begin < ids.Count; begin += stride)
        {
            var end = Math.Min(begin + maxLength, ids.Count);

            // Without overlap the first token of every window is unscored too.
            var from = Math.Max(before, begin + 1);
            if (end > from)
            {
                windows.Add(([.. ids.Skip(begin).Take(from - begin)], [.. ids.Skip(from).Take(end - from)]));
            }

            before = end;
            if (end == ids.Count)
            {
                break;
            }
        }

        return windows;
    }

    /// <summary>The rolling windows of lm-evaluation-harness: every token is scored once, the first one behind <paramref name="prefixToken"/>.</summary>
    /// <param name="contextLength">Tokens of context that a window after the first has at least.</param>
    public static IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Scored)> Rolling(IReadOnlyList<int> ids, int prefixToken, int maxLength, int contextLength)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        var done = Math.Min(maxLength, ids.Count);
        List<(IReadOnlyList<int>, IReadOnlyList<int>)> windows = [([prefixToken], [.. ids.Take(done)])];
        while (done < ids.Count)
        {
            var count = Math.Min(ids.Count - done, maxLength - contextLength + 1);
            var end = done + count;
            var start = Math.Max(0, end - maxLength - 1);
            windows.Add(([.. ids.Skip(start).Take(done - start)], [.. ids.Skip(done).Take(count)]));
            done = end;
        }

        return windows;
    }
}
