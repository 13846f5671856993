using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Lower case of each code point, without regard to its neighbours.</summary>
internal sealed class Lowercase : Normalizer
{
    private const int CapitalIWithDot = 0x130;

    public override NormalizedText Normalize(NormalizedText text)
    {
        if (!text.CodePoints.Contains(CapitalIWithDot))
        {
            return text.Map(CaseFolding.Lower);
        }

        // The one letter whose lower case is two code points.
        var change = new NormalizedText.Change(text, text.Length + 4);
        foreach (var c in text.CodePoints)
        {
            if (c == CapitalIWithDot)
            {
                change.Add('i', 0);
                change.Add(0x307, 1);
            }
            else
            {
                change.Add(CaseFolding.Lower(c), 0);
            }
        }

        return change.Done();
    }
}
