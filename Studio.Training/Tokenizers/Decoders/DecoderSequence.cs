namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<Decoder> steps) : Decoder
{
    public static DecoderSequence Read(JsonField field)
    {
        var steps = new List<Decoder>();
        foreach (var item in field.Required("decoders").Items())
        {
            steps.Add(Decoder.Of(item) ?? throw item.Error("a decoder is expected"));
        }

        return new(steps);
    }

    public override List<string> Decode(List<string> tokens)
    {
        foreach (var step in steps)
        {
            tokens = step.Decode(tokens);
        }

        return tokens;
    }
}
