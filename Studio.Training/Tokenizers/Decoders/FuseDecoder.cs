namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Joins all tokens to one, so that the steps that follow see the whole text.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
