using System.Globalization;
using System.Text;
using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>
/// Splits a text as llama.cpp does. Its engine knows no Unicode properties: a pattern with <c>\p</c> runs over a text in which each code point beyond ASCII is one of a few letters
/// for its category (and all cased letters count alike); other patterns see the text itself, with blanks beyond ASCII written as a vertical tab.
/// </summary>
internal sealed class GgufSplitter
{
    // Stand-ins for number, letter, punctuation, mark and symbol; the last is for everything else.
    private const int Number = 0xD1;
    private const int Letter = 0xD2;
    private const int Punctuation = 0xD3;
    private const int Mark = 0xD4;
    private const int Symbol = 0xD5;
    private const int Other = 0xD0;
    private const int Blank = 0x0B;

    // The same categories among ASCII.
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        [@"\p{N}"] = @"\x{D1}0-9",
        [@"\p{L}"] = @"\x{D2}A-Za-z",
        [@"\p{P}"] = @"\x{D3}!-#%-*,-/:-;?-@\[-\]_\{\}",
        [@"\p{M}"] = @"\x{D4}",
        [@"\p{S}"] = @"\x{D5}$+<->\^`|",
        [@"\p{Lu}"] = @"\x{D2}A-Za-z",
        [@"\p{Ll}"] = @"\x{D2}A-Za-z",
        [@"\p{Lt}"] = @"\x{D2}A-Za-z",
        [@"\p{Lm}"] = @"\x{D2}A-Za-z",
        [@"\p{Lo}"] = @"\x{D2}A-Za-z",
    };

    private readonly List<(Pattern Pattern, bool Collapsed)> steps = [];
    private readonly bool groupDigits;
    private readonly bool anyCollapsed;

    public GgufSplitter(GgufPreTokenizer preTokenizer)
    {
        groupDigits = preTokenizer.GroupDigitsFromRight;
        foreach (var regex in preTokenizer.Patterns)
        {
            var collapsed = regex.Contains(@"\p{", StringComparison.Ordinal) && Array.TrueForAll(regex.ToCharArray(), c => c < 128);

            // Intersections are written for this class only, over real properties.
            collapsed &= !regex.Contains("&&", StringComparison.Ordinal);
            steps.Add((Pattern.OfRegex(collapsed ? Collapse(regex) : regex), collapsed));
            anyCollapsed |= collapsed;
        }
    }

    /// <summary>Lengths of the pieces, in order; together they are the text.</summary>
    public List<int> Split(ReadOnlySpan<int> text)
    {
        var pieces = groupDigits ? GroupDigits(text) : [text.Length];
        if (text.Length == 0)
        {
            return [];
        }

        var collapsed = anyCollapsed ? CollapseText(text) : [];
        var plain = PlainText(text);
        var matches = new List<(int Start, int End)>();
        foreach (var (pattern, useCollapsed) in steps)
        {
            var next = new List<int>(pieces.Count * 2);
            var at = 0;
            foreach (var length in pieces)
            {
                matches.Clear();
                pattern.FindAll((useCollapsed ? collapsed : plain).AsSpan(at, length), matches);
                var done = 0;
                foreach (var (start, end) in matches)
                {
                    Add(next, start - done);
                    Add(next, end - start);
                    done = end;
                }

                Add(next, length - done);
                at += length;
            }

            pieces = next;
        }

        return pieces;
    }

    private static void Add(List<int> pieces, int length)
    {
        if (length > 0)
        {
            pieces.Add(length);
        }
    }

    private static string Collapse(string regex)
    {
        var output = new StringBuilder();
        var inside = false;
        for (var i = 0; i < regex.Length; i++)
        {
            var escaped = i > 0 && regex[i - 1] == '\\';
            if (regex[i] is '[' or ']' && !escaped)
            {
                inside = regex[i] == '[';
                output.Append(regex[i]);
            }
            else if (regex[i] == '\\' && regex.IndexOf('}', i) is > 0 and var close && Classes.TryGetValue(regex[i..(close + 1)], out var members))
            {
                output.Append(inside ? members : "[" + members + "]");
                i = close;
            }
            else
            {
                output.Append(regex[i]);
            }
        }

        return output.ToString();
    }

    private static int[] CollapseText(ReadOnlySpan<int> text)
    {
        var result = new int[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            result[i] = c < 128 ? c : UnicodeClasses.IsWhiteSpace(c) ? Blank : UnicodeClasses.Category(c) switch
            {
                <= UnicodeCategory.OtherLetter => Letter,
                UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Mark,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
                >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation => Punctuation,
                >= UnicodeCategory.MathSymbol and <= UnicodeCategory.OtherSymbol => Symbol,
                _ => Other,
            };
        }

        return result;
    }

    private static int[] PlainText(ReadOnlySpan<int> text)
    {
        var result = text.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            if (result[i] > 127 && UnicodeClasses.IsWhiteSpace(result[i]))
            {
                result[i] = Blank;
            }
        }

        return result;
    }

    // What stands before a run of digits stays with its first group; the patterns that follow part them.
    private static List<int> GroupDigits(ReadOnlySpan<int> text)
    {
        var pieces = new List<int>();
        var done = 0;
        for (var at = 0; at < text.Length;)
        {
            if (!UnicodeClasses.IsNumber(text[at]))
            {
                at++;
                continue;
            }

            var end = at;
            while (end < text.Length && UnicodeClasses.IsNumber(text[end]))
            {
                end++;
            }

            for (var cut = at + ((end - at) % 3 is 0 ? 3 : (end - at) % 3); cut <= end; cut += 3)
            {
                Add(pieces, cut - done);
                done = cut;
            }

            at = end;
        }

        Add(pieces, text.Length - done);
        return pieces;
    }
}
