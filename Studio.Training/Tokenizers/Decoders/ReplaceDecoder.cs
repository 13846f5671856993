using System.Text;
using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Decoders;

/// <summary>Puts a fixed text in the place of each match in each token.</summary>
internal sealed class ReplaceDecoder(Pattern pattern, string content) : Decoder
{
    public static ReplaceDecoder Read(JsonField field) => new(PatternField.Read(field.Required("pattern")), field.Required("content").AsString());

    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        var matches = new List<(int Start, int End)>();
        foreach (var token in tokens)
        {
            var codePoints = CodePoints.Of(token);
            matches.Clear();
            if (codePoints.Length > 0)
            {
                pattern.FindAll(codePoints, matches);
            }

            if (matches.Count == 0)
            {
                output.Add(token);
                continue;
            }

            var builder = new StringBuilder(token.Length);
            var at = 0;
            foreach (var (start, end) in matches)
            {
                builder.Append(CodePoints.ToText(codePoints.AsSpan(at, start - at))).Append(content);
                at = end;
            }

            output.Add(builder.Append(CodePoints.ToText(codePoints.AsSpan(at))).ToString());
        }

        return output;
    }
}
