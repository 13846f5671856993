namespace Studio.Training.Tokenizers.Texts;

/// <summary>A set of code points: sorted ranges for set algebra, and a bitmap as far as the last change of membership for the test in a loop.</summary>
internal sealed class CodePointSet
{
    private const int Limit = 0x110000;

    // Boundaries: a code point is a member when the number of boundaries at or below it is odd.
    private readonly int[] boundaries;
    private readonly Lazy<ulong[]> bitmap;
    private readonly bool above;

    private CodePointSet(int[] boundaries)
    {
        this.boundaries = boundaries;
        above = (boundaries.Length & 1) != 0;
        bitmap = new Lazy<ulong[]>(MakeBitmap);
    }

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0]);

    public bool IsEmpty => boundaries.Length == 0;

    public static CodePointSet Of(params ReadOnlySpan<int> codePoints)
    {
        var sorted = codePoints.ToArray();
        Array.Sort(sorted);
        var boundaries = new List<int>(sorted.Length * 2);
        foreach (var c in sorted)
        {
            if (boundaries.Count > 0 && boundaries[^1] >= c)
            {
                boundaries[^1] = Math.Max(boundaries[^1], c + 1);
            }
            else
            {
                boundaries.Add(c);
                boundaries.Add(c + 1);
            }
        }

        return boundaries is [.., Limit] ? new([.. boundaries[..^1]]) : new([.. boundaries]);
    }

    public static CodePointSet Range(int first, int last) => last + 1 >= Limit ? new([first]) : new([first, last + 1]);

    public static CodePointSet Where(Func<int, bool> member)
    {
        var boundaries = new List<int>();
        var inside = false;
        for (var c = 0; c < Limit; c++)
        {
            if (member(c) != inside)
            {
                boundaries.Add(c);
                inside = !inside;
            }
        }

        return new([.. boundaries]);
    }

    public bool Contains(int codePoint)
    {
        var bits = bitmap.Value;
        var word = codePoint >> 6;
        return word < bits.Length ? (bits[word] >> codePoint & 1) != 0 : above;
    }

    public CodePointSet Union(CodePointSet other) => Combine(other, (a, b) => a || b);

    public CodePointSet Intersect(CodePointSet other) => Combine(other, (a, b) => a && b);

    public CodePointSet Complement() => boundaries is [0, ..] ? new(boundaries[1..]) : new([0, .. boundaries]);

    /// <summary>All ranges, ends included.</summary>
    public IEnumerable<(int First, int Last)> Ranges()
    {
        for (var i = 0; i < boundaries.Length; i += 2)
        {
            yield return (boundaries[i], i + 1 < boundaries.Length ? boundaries[i + 1] - 1 : Limit - 1);
        }
    }

    private CodePointSet Combine(CodePointSet other, Func<bool, bool, bool> rule)
    {
        var result = new List<int>(boundaries.Length + other.boundaries.Length);
        int i = 0, j = 0;
        bool a = false, b = false, inside = false;
        while (i < boundaries.Length || j < other.boundaries.Length)
        {
            var place = Math.Min(i < boundaries.Length ? boundaries[i] : Limit, j < other.boundaries.Length ? other.boundaries[j] : Limit);
            if (i < boundaries.Length && boundaries[i] == place)
            {
                a = !a;
                i++;
            }

            if (j < other.boundaries.Length && other.boundaries[j] == place)
            {
                b = !b;
                j++;
            }

            if (rule(a, b) != inside)
            {
                inside = !inside;
                result.Add(place);
            }
        }

        return new([.. result]);
    }

    private ulong[] MakeBitmap()
    {
        var last = boundaries.Length == 0 ? 0 : boundaries[^1];
        var bits = new ulong[(last >> 6) + 1];
        foreach (var (first, end) in Ranges())
        {
            for (var c = first; c <= end && c >> 6 < bits.Length; c++)
            {
                bits[c >> 6] |= 1UL << c;
            }
        }

        return bits;
    }
}
