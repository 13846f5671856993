using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers;

/// <summary>
/// Finds the leftmost, and of those the longest, of a set of texts (Aho and Corasick 1975, with the match kept until no longer one can begin at or before its place). Linear in the text.
/// </summary>
internal sealed class TokenSearch
{
    private readonly Dictionary<long, int> edges = [];
    private readonly List<int> fails = [0];
    private readonly List<int> depths = [0];
    private readonly List<int> values = [-1];
    private readonly List<int> lengths = [0];

    // The entry that ends at a node itself, and the next shorter node where one ends.
    private readonly List<int> own = [-1];
    private readonly List<int> shorter = [0];
    private readonly CodePointSet begins;

    public TokenSearch(IEnumerable<(int[] Text, int Id)> entries)
    {
        var first = new List<int>();
        foreach (var (text, id) in entries)
        {
            if (text.Length == 0)
            {
                continue;
            }

            first.Add(text[0]);
            var node = 0;
            foreach (var c in text)
            {
                var key = (long)node << 32 | (uint)c;
                if (!edges.TryGetValue(key, out var next))
                {
                    next = fails.Count;
                    edges[key] = next;
                    fails.Add(0);
                    depths.Add(depths[node] + 1);
                    values.Add(-1);
                    lengths.Add(0);
                    own.Add(-1);
                    shorter.Add(0);
                }

                node = next;
            }

            if (values[node] < 0)
            {
                values[node] = id;
                lengths[node] = text.Length;
                own[node] = id;
            }
        }

        begins = CodePointSet.Of([.. first]);
        Link();
    }

    public bool IsEmpty => begins.IsEmpty;

    // Nodes by depth; a node without an entry of its own takes over the longest one that ends with it.
    private void Link()
    {
        foreach (var (key, node) in edges.OrderBy(pair => depths[pair.Value]))
        {
            var parent = (int)(key >> 32);
            var c = (int)(uint)key;
            if (parent == 0)
            {
                continue;
            }

            var back = fails[parent];
            while (back != 0 && !edges.ContainsKey((long)back << 32 | (uint)c))
            {
                back = fails[back];
            }

            fails[node] = edges.TryGetValue((long)back << 32 | (uint)c, out var target) ? target : 0;
            shorter[node] = own[fails[node]] >= 0 ? fails[node] : shorter[fails[node]];
            if (values[node] < 0)
            {
                values[node] = values[fails[node]];
                lengths[node] = lengths[fails[node]];
            }
        }
    }

    /// <summary>All entries that occur anywhere in a text.</summary>
    public HashSet<int> Occurring(ReadOnlySpan<int> text)
    {
        var result = new HashSet<int>();
        var node = 0;
        foreach (var c in text)
        {
            if (node == 0 && !begins.Contains(c))
            {
                continue;
            }

            int next;
            while (!edges.TryGetValue((long)node << 32 | (uint)c, out next) && node != 0)
            {
                node = fails[node];
            }

            node = next;
            for (var at = own[node] >= 0 ? node : shorter[node]; at != 0 && result.Add(own[at]); at = shorter[at])
            {
            }
        }

        return result;
    }

    /// <summary>The next match at or after <paramref name="at"/>, which is moved behind it.</summary>
    public bool Next(ReadOnlySpan<int> text, ref int at, out int start, out int end, out int id)
    {
        (start, end, id) = (-1, -1, -1);
        var node = 0;
        for (var i = at; i < text.Length; i++)
        {
            var c = text[i];
            if (node == 0 && !begins.Contains(c))
            {
                continue;
            }

            int next;
            while (!edges.TryGetValue((long)node << 32 | (uint)c, out next) && node != 0)
            {
                node = fails[node];
            }

            node = next;
            if (id >= 0 && i + 1 - depths[node] > start)
            {
                // Whatever could still come begins behind the match in hand.
                break;
            }

            if (values[node] >= 0)
            {
                var begin = i + 1 - lengths[node];
                if (id < 0 || begin < start || begin == start && i + 1 > end)
                {
                    (start, end, id) = (begin, i + 1, values[node]);
                }
            }
        }

        at = id >= 0 ? end : text.Length;
        return id >= 0;
    }
}
