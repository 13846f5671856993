using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public static NormalizerSequence Read(JsonField field)
    {
        var steps = new List<Normalizer>();
        foreach (var item in field.Required("normalizers").Items())
        {
            steps.Add(Normalizer.Of(item) ?? throw item.Error("a normalizer is expected"));
        }

        return new(steps);
    }

    public override NormalizedText Normalize(NormalizedText text)
    {
        foreach (var step in steps)
        {
            text = step.Normalize(text);
        }

        return text;
    }
}
