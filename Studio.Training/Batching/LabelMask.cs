using Studio.Training.Tokenizers;

namespace Studio.Training.Batching;

/// <summary>Decides which tokens are learned. Semantics: transformers' assistant mask and TRL's completion mask.</summary>
public static class LabelMask
{
    /// <summary>Tokens that hold a character of one of the spans.</summary>
    /// <param name="spans">[start, end) in code points of the encoded text, in any order.</param>
    public static bool[] OfSpans(Encoding encoding, IEnumerable<(int Start, int End)> spans)
    {
        var mask = new bool[encoding.Length];
        foreach (var (start, end) in spans)
        {
            if (end <= start)
            {
                continue;
            }

            for (var i = FirstEndingAfter(encoding.Offsets, start); i < mask.Length && encoding.Offsets[i].Start < end; i++)
            {
                mask[i] |= encoding.Offsets[i].End > start;
            }
        }

        return mask;
    }

    /// <summary>Tokens of the second part of a text; tokens that the tokenizer puts at the very end belong to it too.</summary>
    /// <param name="start">First code point of the second part.</param>
    public static bool[] After(Encoding encoding, int start)
    {
        var mask = new bool[encoding.Length];
        var reached = start == 0;
        for (var i = 0; i < mask.Length; i++)
        {
            var (from, to) = encoding.Offsets[i];
            reached |= to > start;
            mask[i] = reached && (to > from || i > 0);
        }

        return mask;
    }

    /// <summary>Ids with the labels of the tokens that are learned.</summary>
    public static LabelledTokens Apply(int[] ids, ReadOnlySpan<bool> learned)
    {
        var labels = new int[ids.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = learned[i] ? ids[i] : Collation.Ignored;
        }

        return new LabelledTokens(ids, labels);
    }

    /// <summary>Keeps the first tokens of a row (or the last ones), as many as fit.</summary>
    public static LabelledTokens Cut(LabelledTokens row, int maxLength, bool keepEnd = false)
    {
        if (row.Ids.Length <= maxLength)
        {
            return row;
        }

        var range = keepEnd ? (row.Ids.Length - maxLength).. : ..maxLength;
        return new LabelledTokens(row.Ids[range], row.Labels[range], row.Weights?[range]);
    }

    /// <summary>Number of tokens with a label.</summary>
    public static int Learned(LabelledTokens row) => row.Labels.Count(label => label != Collation.Ignored);

    // Offsets rise, apart from inserted tokens whose (0, 0) stands at the ends.
    private static int FirstEndingAfter((int Start, int End)[] offsets, int position)
    {
        var (low, high) = (0, offsets.Length);
        while (high > low && offsets[high - 1].End == 0)
        {
            high--;
        }

        while (low < high)
        {
            var middle = (low + high) / 2;
            if (offsets[middle].End > position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
