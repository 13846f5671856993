using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Puts a text in front of every segment that is not empty.</summary>
internal sealed class Prepend(string prefix) : Normalizer
{
    private readonly int[] codePoints = CodePoints.Of(prefix);

    public override NormalizedText Normalize(NormalizedText text) => text.Prepend(codePoints);
}
