using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Removes combining marks of all three kinds; accents of composed letters stay unless NFD stands before.</summary>
internal sealed class StripAccents : Normalizer
{
    public override NormalizedText Normalize(NormalizedText text) => text.Filter(c => !(UnicodeClasses.IsMark(c) && UnicodeClasses.IsInUnicode9(c)));
}
