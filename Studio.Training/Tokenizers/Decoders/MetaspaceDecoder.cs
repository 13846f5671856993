using Studio.Training.Tokenizers.PreTokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Reads the visible letter back as a space, and drops those of the first token where one was put in front.</summary>
internal sealed class MetaspaceDecoder(int replacement, PrependScheme scheme) : Decoder
{
    public static MetaspaceDecoder Read(JsonField field) => new(field.Required("replacement").AsCodePoint(), Metaspace.ReadScheme(field));

    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        var letter = CodePoints.ToText([replacement]);
        for (var i = 0; i < tokens.Count; i++)
        {
            output.Add(tokens[i].Replace(letter, i == 0 && scheme != PrependScheme.Never ? "" : " ", StringComparison.Ordinal));
        }

        return output;
    }
}
