using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's normalisation: user-defined symbols stay as they are, else the longest entry of the character map is replaced; blanks are folded, one is put in front, and each is written ▁.
/// </summary>
internal sealed class SentenceNormalizer(CharacterMap? map, Trie userDefined, bool addDummyPrefix, bool removeExtraSpaces, bool escapeSpaces, bool spaceAsSuffix)
{
    public const int Space = 0x2581;

    /// <summary>The normalised text, and for each of its code points, and for its end, the place in the original.</summary>
    public (int[] CodePoints, int[] Places) Normalize(ReadOnlySpan<int> text, bool dummyPrefix = true)
    {
        var output = new List<int>(text.Length + 8);
        var places = new List<int>(text.Length + 9);
        var at = 0;
        if (removeExtraSpaces)
        {
            while (at < text.Length)
            {
                var (replaced, length) = Prefix(text, at);
                if (replaced is not [' '])
                {
                    break;
                }

                at += length;
            }
        }

        if (at == text.Length)
        {
            return ([], [at]);
        }

        var blank = escapeSpaces ? Space : ' ';
        var prefix = addDummyPrefix && dummyPrefix;
        if (prefix && !spaceAsSuffix)
        {
            Add(blank);
        }

        var afterSpace = removeExtraSpaces;
        while (at < text.Length)
        {
            var (replaced, length) = Prefix(text, at);
            var from = 0;
            while (afterSpace && from < replaced.Length && replaced[from] == ' ')
            {
                from++;
            }

            if (from < replaced.Length)
            {
                for (var i = from; i < replaced.Length; i++)
                {
                    Add(replaced[i] == ' ' ? blank : replaced[i]);
                }

                afterSpace = removeExtraSpaces && replaced[^1] == ' ';
            }

            at += length;
        }

        var end = at;
        while (removeExtraSpaces && output.Count > 0 && output[^1] == blank)
        {
            end = places[^1];
            output.RemoveAt(output.Count - 1);
            places.RemoveAt(places.Count - 1);
        }

        at = end;
        if (prefix && spaceAsSuffix)
        {
            Add(blank);
        }

        places.Add(at);
        return ([.. output], [.. places]);

        void Add(int codePoint)
        {
            output.Add(codePoint);
            places.Add(at);
        }
    }

    private (int[] Replaced, int Length) Prefix(ReadOnlySpan<int> text, int at)
    {
        var symbol = LongestSymbol(userDefined, text[at..]);
        if (symbol > 0)
        {
            return (text.Slice(at, symbol).ToArray(), symbol);
        }

        if (map is not null)
        {
            Span<byte> buffer = stackalloc byte[256];
            var bytes = 0;
            for (var i = at; i < text.Length && bytes + 4 <= buffer.Length; i++)
            {
                bytes += CodePoints.Utf8(text[i], buffer[bytes..]);
            }

            var (matched, replacement) = map.Match(buffer[..bytes], longest: true);
            if (matched > 0)
            {
                var length = 0;
                for (var consumed = 0; consumed < matched; length++)
                {
                    consumed += CodePoints.Utf8Length(text[at + length]);
                }

                return (CodePoints.Of(System.Text.Encoding.UTF8.GetString(replacement.Span)), length);
            }
        }

        return ([text[at]], 1);
    }

    /// <summary>Length of the longest key that begins the text; 0 when none does.</summary>
    public static int LongestSymbol(Trie symbols, ReadOnlySpan<int> text)
    {
        var longest = 0;
        var node = Trie.Root;
        for (var i = 0; i < text.Length && (node = symbols.Next(node, text[i])) >= 0; i++)
        {
            if (symbols.ValueOf(node) >= 0)
            {
                longest = i + 1;
            }
        }

        return longest;
    }
}
