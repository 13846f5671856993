namespace Studio.Training.Generation;

/// <summary>Which sequences go through the model together.</summary>
internal static class PassPlan
{
    /// <summary>All in one pass, unless some adapter cannot share a batch with others.</summary>
    public static IEnumerable<IReadOnlyList<Sequence>> Together(IReadOnlyList<Sequence> active)
    {
        if (active.All(s => s.Adapter is null or { Batches: true }))
        {
            return [active];
        }

        return active.GroupBy(s => s.Adapter is { Batches: false } alone ? alone : null).Select(g => (IReadOnlyList<Sequence>)[.. g]);
    }

    /// <summary>Groups prompts so that padding stays small and passes stay short.</summary>
    /// <param name="chosen">Sequences with the tokens that the cache holds of them.</param>
    /// <param name="most">Tokens of a pass, padding included.</param>
    public static IEnumerable<IReadOnlyList<(Sequence, int)>> Similar(IReadOnlyList<(Sequence Sequence, int Reused)> chosen, int most)
    {
        foreach (var group in Together([.. chosen.Select(c => c.Sequence)]))
        {
            List<(Sequence, int)> pass = [];
            var width = 0;
            foreach (var (sequence, held) in chosen.Where(c => group.Contains(c.Sequence)).OrderByDescending(c => c.Sequence.PromptLength - c.Reused))
            {
                var tokens = sequence.PromptLength - held;
                if (pass.Count > 0 && (tokens * 2 < width || width * (pass.Count + 1) > most))
                {
                    yield return pass;
                    pass = [];
                }

                width = pass.Count == 0 ? tokens : width;
                pass.Add((sequence, held));
            }

            if (pass.Count > 0)
            {
                yield return pass;
            }
        }
    }

    /// <summary>True when most of the second prompt is the beginning of the first one.</summary>
    public static bool SharesMost(Sequence a, Sequence b)
    {
        var most = Math.Min(a.PromptLength, b.PromptLength - 1);
        var common = 0;
        while (common < most && a.Ids[common] == b.Ids[common])
        {
            common++;
        }

        return common >= 8 && common * 2 >= b.PromptLength;
    }
}
