namespace Studio.Training.Evaluation;

/// <summary>Pairs with one context, whose keys and values are computed once.</summary>
/// <param name="Pairs">Indices of the pairs.</param>
public sealed record SharedContext(IReadOnlyList<int> Context, IReadOnlyList<int> Pairs);

/// <summary>Contexts that begin with the same tokens (instructions and few-shot examples).</summary>
/// <param name="Prefix">Common tokens; every context has at least one more.</param>
public sealed record SharedPrefix(int Prefix, IReadOnlyList<SharedContext> Contexts);

/// <summary>Finds what the contexts of some pairs have in common, so that it need not be computed for each.</summary>
public static class SharedContexts
{
    // Below this the copying costs more than it saves.
    private const int ShortestPrefix = 16;

    /// <returns>Pairs that are better computed together; pairs that share nothing are left out.</returns>
    public static IReadOnlyList<SharedPrefix> Find(IReadOnlyList<(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation)> pairs, int contextLength)
    {
        Dictionary<IReadOnlyList<int>, List<int>> byContext = new(TokenComparer.Instance);
        List<IReadOnlyList<int>> order = [];
        for (var i = 0; i < pairs.Count; i++)
        {
            var (context, continuation) = pairs[i];

            // What does not fit is cut by the plain way.
            if (context.Count == 0 || continuation.Count == 0 || context.Count + continuation.Count > contextLength + 1)
            {
                continue;
            }

            if (!byContext.TryGetValue(context, out var own))
            {
                byContext.Add(context, own = []);
                order.Add(context);
            }

            own.Add(i);
        }

        List<SharedPrefix> found = [];
        List<SharedContext> alone = [], run = [];
        var prefix = 0;
        foreach (var context in order)
        {
            var group = new SharedContext(context, byContext[context]);
            var common = run.Count == 0 ? 0 : Common(run[0].Context, context, prefix);
            if (run.Count > 0 && common < Math.Max(ShortestPrefix, prefix / 2))
            {
                Close();
                common = 0;
            }

            prefix = run.Count == 0 ? context.Count - 1 : common;
            run.Add(group);
        }

        Close();
        if (alone.Count > 0)
        {
            found.Add(new SharedPrefix(0, alone));
        }

        return found;

        void Close()
        {
            if (run.Count > 1)
            {
                found.Add(new SharedPrefix(prefix, run));
            }
            else if (run.Count == 1 && run[0].Pairs.Count > 1)
            {
                alone.Add(run[0]);
            }

            run = [];
        }
    }

    private static int Common(IReadOnlyList<int> a, IReadOnlyList<int> b, int most)
    {
        most = Math.Min(most, Math.Min(a.Count, b.Count) - 1);
        var common = 0;
        while (common < most && a[common] == b[common])
        {
            common++;
        }

        return common;
    }

    private sealed class TokenComparer : IEqualityComparer<IReadOnlyList<int>>
    {
        public static readonly TokenComparer Instance = new();

        public bool Equals(IReadOnlyList<int>? x, IReadOnlyList<int>? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.SequenceEqual(y));

        public int GetHashCode(IReadOnlyList<int> ids)
        {
            HashCode hash = default;
            hash.Add(ids.Count);
            for (var i = Math.Max(0, ids.Count - 32); i < ids.Count; i++)
            {
                hash.Add(ids[i]);
            }

            return hash.ToHashCode();
        }
    }
}
