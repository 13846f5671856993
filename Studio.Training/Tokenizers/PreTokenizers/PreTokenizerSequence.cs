namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public static PreTokenizerSequence Read(JsonField field)
    {
        var steps = new List<PreTokenizer>();
        foreach (var item in field.Required("pretokenizers").Items())
        {
            steps.Add(PreTokenizer.Of(item) ?? throw item.Error("a pre-tokenizer is expected"));
        }

        return new(steps);
    }

    public override List<Piece> Split(List<Piece> pieces)
    {
        foreach (var step in steps)
        {
            pieces = step.Split(pieces);
        }

        return pieces;
    }
}
