using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Reads the byte-level alphabet back; a token with any other letter in it stands for its own UTF-8.</summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>(tokens.Count * 4);
        foreach (var token in tokens)
        {
            var start = bytes.Count;
            foreach (var c in token)
            {
                var b = ByteAlphabet.ByteOf(c);
                if (b < 0)
                {
                    bytes.RemoveRange(start, bytes.Count - start);
                    bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                    break;
                }

                bytes.Add((byte)b);
            }
        }

        return [System.Text.Encoding.UTF8.GetString([.. bytes])];
    }
}
