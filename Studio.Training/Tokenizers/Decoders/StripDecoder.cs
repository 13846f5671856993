using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Removes up to so many of one character at the ends of each token.</summary>
internal sealed class StripDecoder(int content, int start, int stop) : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        foreach (var token in tokens)
        {
            var codePoints = CodePoints.Of(token);
            var from = 0;
            while (from < start && from < codePoints.Length && codePoints[from] == content)
            {
                from++;
            }

            var to = codePoints.Length;
            while (codePoints.Length - to < stop && to > from && codePoints[to - 1] == content)
            {
                to--;
            }

            output.Add(CodePoints.ToText(codePoints.AsSpan(from, to - from)));
        }

        return output;
    }
}
