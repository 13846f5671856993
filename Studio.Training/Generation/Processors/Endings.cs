namespace Studio.Training.Generation.Processors;

/// <summary>Compares the end of a text with the beginning of a sequence.</summary>
internal static class Endings
{
    /// <summary>True when <paramref name="text"/> ends in the first <paramref name="length"/> ids of <paramref name="sequence"/>.</summary>
    public static bool Match(IReadOnlyList<int> text, IReadOnlyList<int> sequence, int length)
    {
        if (length > text.Count)
        {
            return false;
        }

        for (var i = 0; i < length; i++)
        {
            if (text[text.Count - length + i] != sequence[i])
            {
                return false;
            }
        }

        return true;
    }
}
