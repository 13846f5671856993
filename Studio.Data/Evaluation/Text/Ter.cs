using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Text;

/// <summary>Options of TER with sacrebleu's names and defaults.</summary>
public sealed record TerOptions
{
    public bool Normalized { get; init; }

    public bool NoPunct { get; init; }

    public bool AsianSupport { get; init; }

    public bool CaseSensitive { get; init; }
}

/// <summary>
/// Translation edit rate (Snover et al. 2006): insertions, deletions, substitutions and shifts of word runs per reference word, times 100;
/// lower is better. Search limits and tie breaks are those of Tercom as sacrebleu keeps them.
/// </summary>
public static partial class Ter
{
    private const int MaxShiftSize = 10;
    private const int MaxShiftDistance = 50;
    private const int MaxShiftCandidates = 1000;
    private const int BeamWidth = 25;
    private const int Infinity = int.MaxValue / 2;

    private enum Edit : byte
    {
        Undefined,
        Keep,
        Substitute,
        Insert,
        Delete,
    }

    public static double Corpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, TerOptions? options = null)
    {
        options ??= new TerOptions();
        double edits = 0, length = 0;
        for (var i = 0; i < hypotheses.Count; i++)
        {
            var words = Words(hypotheses[i], options);
            var others = references.Select(stream => Words(stream[i], options)).ToList();
            edits += others.Min(other => Edits(words, other));
            length += others.Average(other => (double)other.Length);
        }

        return length > 0 ? 100 * edits / length : edits > 0 ? 100 : 0;
    }

    public static double Sentence(string hypothesis, IReadOnlyList<string> references, TerOptions? options = null) =>
        Corpus([hypothesis], [.. references.Select(r => (IReadOnlyList<string>)[r])], options);

    private static int Edits(string[] hypothesis, string[] reference)
    {
        if (reference.Length == 0)
        {
            return hypothesis.Length;
        }

        int shifts = 0, candidates = 0;
        while (true)
        {
            var (gain, shifted) = BestShift(hypothesis, reference, ref candidates);
            if (candidates >= MaxShiftCandidates || gain <= 0)
            {
                return Distance(hypothesis, reference, out _) + shifts;
            }

            shifts++;
            hypothesis = shifted;
        }
    }

    /// <summary>The shift that lowers the edit distance most; then the longest, the earliest, the one with the earliest target.</summary>
    private static (int Gain, string[] Words) BestShift(string[] hypothesis, string[] reference, ref int candidates)
    {
        var before = Distance(hypothesis, reference, out var trace);
        var (aligned, referenceWrong, hypothesisWrong) = Align(trace, reference.Length, hypothesis.Length);
        (int Gain, int Length, int Start, int Target)? best = null;
        var words = hypothesis;
        foreach (var (startH, startR, length) in Matches(hypothesis, reference))
        {
            // Only wrong words move, only to where the reference is not met yet, and never inside themselves.
            if (!hypothesisWrong.AsSpan(startH, length).Contains(true) || !referenceWrong.AsSpan(startR, length).Contains(true) || (aligned[startR] >= startH && aligned[startR] < startH + length))
            {
                continue;
            }

            var previous = -1;
            for (var offset = -1; offset < length; offset++)
            {
                var place = startR + offset;
                if (place >= reference.Length)
                {
                    break;
                }

                var target = place == -1 ? 0 : aligned[place] + 1;
                if (target == previous)
                {
                    continue;
                }

                previous = target;
                var shifted = Shift(hypothesis, startH, length, target);
                var rank = (before - Distance(shifted, reference, out _), length, -startH, -target);
                candidates++;
                if (best is null || rank.CompareTo(best.Value) > 0 || (rank.CompareTo(best.Value) == 0 && Compare(shifted, words) > 0))
                {
                    best = rank;
                    words = shifted;
                }
            }

            if (candidates >= MaxShiftCandidates)
            {
                break;
            }
        }

        return (best?.Gain ?? 0, words);
    }

    private static IEnumerable<(int StartH, int StartR, int Length)> Matches(string[] hypothesis, string[] reference)
    {
        for (var h = 0; h < hypothesis.Length; h++)
        {
            for (var r = 0; r < reference.Length; r++)
            {
                if (Math.Abs(r - h) > MaxShiftDistance)
                {
                    continue;
                }

                for (var length = 0; length < MaxShiftSize && h + length < hypothesis.Length && r + length < reference.Length && hypothesis[h + length] == reference[r + length];)
                {
                    yield return (h, r, ++length);
                }
            }
        }
    }

    private static string[] Shift(string[] words, int start, int length, int target)
    {
        var moved = words[start..(start + length)];
        return target < start ? [.. words[..target], .. moved, .. words[target..start], .. words[(start + length)..]]
            : target > start + length ? [.. words[..start], .. words[(start + length)..target], .. moved, .. words[target..]]
            : [.. words[..start], .. words[(start + length)..Math.Min(length + target, words.Length)], .. moved, .. words[Math.Min(length + target, words.Length)..]];
    }

    /// <summary>For each reference word the hypothesis word it is aligned to, and which words of both are wrong.</summary>
    private static (int[] Aligned, bool[] ReferenceWrong, bool[] HypothesisWrong) Align(List<Edit> trace, int referenceLength, int hypothesisLength)
    {
        var aligned = new int[referenceLength];
        var referenceWrong = new bool[referenceLength];
        var hypothesisWrong = new bool[hypothesisLength];
        int h = -1, r = -1;
        foreach (var edit in trace)
        {
            h += edit is Edit.Insert ? 0 : 1;
            r += edit is Edit.Delete ? 0 : 1;
            if (edit != Edit.Delete)
            {
                aligned[r] = h;
                referenceWrong[r] = edit != Edit.Keep;
            }

            if (edit != Edit.Insert)
            {
                hypothesisWrong[h] = edit != Edit.Keep;
            }
        }

        return (aligned, referenceWrong, hypothesisWrong);
    }

    /// <summary>Edit distance within a beam around the diagonal, and the edits that turn the hypothesis into the reference.</summary>
    private static int Distance(string[] hypothesis, string[] reference, out List<Edit> trace)
    {
        var cost = new int[hypothesis.Length + 1, reference.Length + 1];
        var edit = new Edit[hypothesis.Length + 1, reference.Length + 1];
        for (var j = 0; j <= reference.Length; j++)
        {
            (cost[0, j], edit[0, j]) = (j, Edit.Insert);
        }

        var ratio = hypothesis.Length > 0 ? (double)reference.Length / hypothesis.Length : 1;
        var beam = BeamWidth < ratio / 2 ? (int)Math.Ceiling((ratio / 2) + BeamWidth) : BeamWidth;
        for (var i = 1; i <= hypothesis.Length; i++)
        {
            for (var j = 0; j <= reference.Length; j++)
            {
                cost[i, j] = Infinity;
            }

            var diagonal = (int)Math.Floor(i * ratio);
            var from = Math.Max(0, diagonal - beam);
            var to = i == hypothesis.Length ? reference.Length + 1 : Math.Min(reference.Length + 1, diagonal + beam);
            for (var j = from; j < to; j++)
            {
                if (j > 0)
                {
                    var same = hypothesis[i - 1] == reference[j - 1];
                    Take(i, j, cost[i - 1, j - 1] + (same ? 0 : 1), same ? Edit.Keep : Edit.Substitute);
                }

                Take(i, j, cost[i - 1, j] + 1, Edit.Delete);
                if (j > 0)
                {
                    Take(i, j, cost[i, j - 1] + 1, Edit.Insert);
                }
            }
        }

        trace = [];
        for (int i = hypothesis.Length, j = reference.Length; i > 0 || j > 0;)
        {
            var step = edit[i, j];
            trace.Add(step);
            i -= step is Edit.Insert ? 0 : 1;
            j -= step is Edit.Delete ? 0 : 1;
        }

        trace.Reverse();
        return cost[hypothesis.Length, reference.Length];

        void Take(int i, int j, int candidate, Edit how)
        {
            if (candidate < cost[i, j])
            {
                (cost[i, j], edit[i, j]) = (candidate, how);
            }
        }
    }

    private static int Compare(string[] a, string[] b)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var order = string.CompareOrdinal(a[i], b[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length - b.Length;
    }

    private static string[] Words(string text, TerOptions options)
    {
        text = options.CaseSensitive ? text : text.ToLowerInvariant();
        if (options.Normalized)
        {
            text = BleuTokenizers.Unescape(text.Replace("\n-", "", StringComparison.Ordinal).Replace('\n', ' '));
            text = BleuTokenizers.SeparateMarks(BleuTokenizers.SeparateAscii($" {text} ").Replace("'s ", " 's ", StringComparison.Ordinal));
            text = options.AsianSupport ? FullWidthPunctuation().Replace(AsianPunctuation().Replace(Ideograph().Replace(text, " $1 "), " $1 "), " $1 ") : text;
        }

        if (options.NoPunct)
        {
            text = PlainPunctuation().Replace(text, "");
            text = options.AsianSupport ? FullWidthPunctuation().Replace(AsianPunctuation().Replace(text, ""), "") : text;
        }

        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"[.,?:;!""()]")]
    private static partial Regex PlainPunctuation();

    [GeneratedRegex(@"([\u2E80-\u2EFF\u31C0-\u31EF\u3200-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uFE30-\uFE4F])")]
    private static partial Regex Ideograph();

    [GeneratedRegex(@"([\u3001\u3002\u3008-\u3011\u3014-\u301F\uFF61-\uFF65\u30FB])")]
    private static partial Regex AsianPunctuation();

    [GeneratedRegex(@"([\uFF0E\uFF0C\uFF1F\uFF1A\uFF1B\uFF01\uFF02\uFF08\uFF09])")]
    private static partial Regex FullWidthPunctuation();
}
