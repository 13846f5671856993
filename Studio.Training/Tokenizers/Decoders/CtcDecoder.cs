namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Connectionist temporal classification (Graves et al. 2006): equal tokens in a row are one, the blank goes, a delimiter is a space.</summary>
internal sealed class CtcDecoder(string padToken, string delimiter, bool cleanup) : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        string? previous = null;
        foreach (var token in tokens)
        {
            if (token == previous)
            {
                continue;
            }

            previous = token;
            var text = padToken.Length == 0 ? token : token.Replace(padToken, "", StringComparison.Ordinal);
            if (cleanup)
            {
                text = WordPieceDecoder.CleanUp(text);
                text = delimiter.Length == 0 ? text : text.Replace(delimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
            {
                output.Add(text);
            }
        }

        return output;
    }
}
