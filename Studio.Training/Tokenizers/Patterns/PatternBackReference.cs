using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>What a group has read, read again.</summary>
internal static class PatternBackReference
{
    /// <summary>Code points of the text that are those of the group named by the instruction; -1 when they differ or the group has read nothing yet.</summary>
    /// <param name="registers">Two for each group: where it began and where it ended.</param>
    public static int Length(in PatternInstruction op, ReadOnlySpan<int> registers, ReadOnlySpan<int> text, int at)
    {
        var (start, end) = (registers[2 * op.X], registers[2 * op.X + 1]);
        if (start < 0 || end < start || end - start > text.Length - at)
        {
            return -1;
        }

        for (var i = 0; i < end - start; i++)
        {
            var (a, b) = (text[start + i], text[at + i]);
            if (a != b && (op.Op == PatternOp.BackReference || CaseFolding.Simple(a) != CaseFolding.Simple(b)))
            {
                return -1;
            }
        }

        return end - start;
    }
}
