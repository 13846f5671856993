using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Removes nonspacing marks; accents of composed letters stay unless NFD stands before.</summary>
internal sealed class StripAccents : Normalizer
{
    public override NormalizedText Normalize(NormalizedText text) => text.Filter(c => !UnicodeClasses.IsNonSpacingMark(c));
}
