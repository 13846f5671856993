using System.Collections.Concurrent;
using System.Text;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>The four Unicode normalization forms (UAX 15), keeping track of which code points each result comes from.</summary>
internal sealed class UnicodeForm(bool compatibility, bool compose) : Normalizer
{
    private static readonly ConcurrentDictionary<int, int[]> Canonical = new();
    private static readonly ConcurrentDictionary<int, int[]> Compatible = new();
    private static readonly ConcurrentDictionary<long, int> Compositions = new();

    public override NormalizedText Normalize(NormalizedText text)
    {
        if (IsNormalized(text.CodePoints))
        {
            return text;
        }

        var decomposed = Decompose(text.CodePoints);
        var result = compose ? Compose(decomposed) : decomposed;
        var change = new NormalizedText.Change(text, result.Count);
        foreach (var (codePoint, delta) in result)
        {
            change.Add(codePoint, delta);
        }

        return change.Done();
    }

    private bool IsNormalized(int[] codePoints)
    {
        // Below these, nothing decomposes, or everything is composed already.
        var safe = compatibility ? 0xA0 : compose ? 0x300 : 0xC0;
        if (Array.TrueForAll(codePoints, c => c < safe))
        {
            return true;
        }

        var form = (compatibility, compose) switch
        {
            (false, true) => NormalizationForm.FormC,
            (false, false) => NormalizationForm.FormD,
            (true, true) => NormalizationForm.FormKC,
            _ => NormalizationForm.FormKD,
        };
        return compose && codePoints.Length > 0 && !Array.Exists(codePoints, IsRefused) && Texts.CodePoints.ToText(codePoints).IsNormalized(form);
    }

    /// <summary>Surrogates and noncharacters, which .NET does not normalise; they stand for themselves.</summary>
    private static bool IsRefused(int c) => c is >= 0xD800 and < 0xE000 or >= 0xFDD0 and <= 0xFDEF || (c & 0xFFFE) == 0xFFFE;

    private List<(int CodePoint, int Change)> Decompose(int[] codePoints)
    {
        var result = new List<(int CodePoint, int Change)>(codePoints.Length + 16);
        foreach (var c in codePoints)
        {
            if (c < 0xA0)
            {
                result.Add((c, 0));
                continue;
            }

            var parts = (compatibility ? Compatible : Canonical).GetOrAdd(c, static (codePoint, form) => DecomposeOne(codePoint, form), compatibility ? NormalizationForm.FormKD : NormalizationForm.FormD);
            for (var i = 0; i < parts.Length; i++)
            {
                result.Add((parts[i], i == 0 ? 0 : 1));
            }
        }

        // Marks in canonical order: a stable sort by combining class between starters.
        for (var i = 0; i < result.Count;)
        {
            if (UnicodeClasses.CombiningClass(result[i].CodePoint) == 0)
            {
                i++;
                continue;
            }

            var end = i;
            while (end < result.Count && UnicodeClasses.CombiningClass(result[end].CodePoint) != 0)
            {
                end++;
            }

            if (end - i > 1)
            {
                var sorted = result.GetRange(i, end - i).OrderBy(item => UnicodeClasses.CombiningClass(item.CodePoint)).ToList();
                for (var k = 0; k < sorted.Count; k++)
                {
                    result[i + k] = sorted[k];
                }
            }

            i = end;
        }

        return result;
    }

    private static int[] DecomposeOne(int codePoint, NormalizationForm form) => IsRefused(codePoint) || !UnicodeClasses.IsInUnicode9(codePoint) ? [codePoint] : Texts.CodePoints.Of(char.ConvertFromUtf32(codePoint).Normalize(form));

    private static List<(int CodePoint, int Change)> Compose(List<(int CodePoint, int Change)> source)
    {
        var result = new List<(int CodePoint, int Change)>(source.Count);
        var starter = -1;
        var lastClass = -1;
        foreach (var (c, change) in source)
        {
            var combining = UnicodeClasses.CombiningClass(c);
            if (starter >= 0 && (lastClass < combining || lastClass < 0))
            {
                var composed = ComposePair(result[starter].CodePoint, c);
                if (composed >= 0)
                {
                    result[starter] = (composed, result[starter].Change + change - 1);
                    continue;
                }
            }

            if (combining == 0)
            {
                starter = result.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combining;
            }

            result.Add((c, change));
        }

        return result;
    }

    private static int ComposePair(int first, int second)
    {
        if (second < 0x300)
        {
            return -1;
        }

        return Compositions.GetOrAdd((long)first << 32 | (uint)second, static key =>
        {
            var (a, b) = ((int)(key >> 32), (int)key);
            if (IsRefused(a) || IsRefused(b))
            {
                return -1;
            }

            var composed = Texts.CodePoints.Of((char.ConvertFromUtf32(a) + char.ConvertFromUtf32(b)).Normalize(NormalizationForm.FormC));
            return composed.Length == 1 && UnicodeClasses.IsInUnicode9(composed[0]) ? composed[0] : -1;
        });
    }
}
