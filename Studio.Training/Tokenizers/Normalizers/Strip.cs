using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Removes blanks at the ends.</summary>
internal sealed class Strip(bool left, bool right) : Normalizer
{
    public override NormalizedText Normalize(NormalizedText text)
    {
        var start = 0;
        var end = text.Length;
        while (left && start < end && UnicodeClasses.IsWhiteSpace(text.CodePoints[start]))
        {
            start++;
        }

        while (right && end > start && UnicodeClasses.IsWhiteSpace(text.CodePoints[end - 1]))
        {
            end--;
        }

        if (start == 0 && end == text.Length)
        {
            return text;
        }

        var change = new NormalizedText.Change(text, end - start);
        change.Remove(start);
        change.Copy(start, end);
        return change.Done();
    }
}
