using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>Takes the blanks at the ends of a token out of its range; one in front stays where the pre-tokenizer put it there.</summary>
internal sealed class TrimOffsets(bool trim, bool addPrefixSpace) : PostProcessor
{
    private static readonly int SpaceLetter = ByteAlphabet.Letters[' '];

    public override int Added(bool pair) => 0;

    public override List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens)
    {
        if (trim)
        {
            foreach (var part in parts)
            {
                Apply(part, addPrefixSpace);
                foreach (var cut in part.Overflowing)
                {
                    Apply(cut, addPrefixSpace);
                }
            }
        }

        return parts;
    }

    public static void Apply(Encoded encoded, bool addPrefixSpace)
    {
        for (var i = 0; i < encoded.Length; i++)
        {
            var token = encoded.Tokens[i];
            var leading = 0;
            while (leading < token.Length && IsBlank(token[leading]))
            {
                leading++;
            }

            var trailing = 0;
            while (trailing < token.Length && IsBlank(token[^(trailing + 1)]))
            {
                trailing++;
            }

            var (start, end) = encoded.Offsets[i];
            if (leading > 0)
            {
                // Exactly one in front of the first token is taken for the one that was put there; of more, none was.
                start = addPrefixSpace && leading == 1 && (i == 0 || start == 0) ? start : Math.Min(start + leading, end);
            }

            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }

            encoded.Offsets[i] = (start, end);
        }
    }

    private static bool IsBlank(char c) => c == SpaceLetter || UnicodeClasses.IsWhiteSpace(c);
}
