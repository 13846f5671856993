using System.Text;
using System.Text.RegularExpressions;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Breaks a line at blanks and hyphens, as Python's <c>textwrap</c> does.</summary>
internal static partial class TextWrap
{
    public static List<string> Wrap(string line, int width, bool breakLongWords, bool breakOnHyphens)
    {
        var chunks = new LinkedList<string>(Chunks(line, breakOnHyphens));
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            if (lines.Count > 0 && Whitespace.Trim(chunks.First!.Value).Length == 0)
            {
                chunks.RemoveFirst();
            }

            var current = new List<string>();
            var length = 0;
            while (chunks.First is { } chunk && length + CodePoints.Count(chunk.Value) <= width)
            {
                current.Add(chunk.Value);
                length += CodePoints.Count(chunk.Value);
                chunks.RemoveFirst();
            }

            if (chunks.First is { } tooLong && CodePoints.Count(tooLong.Value) > width)
            {
                if (breakLongWords)
                {
                    var room = Math.Max(1, width - length);
                    var cut = BreakAt(tooLong.Value, room, breakOnHyphens);
                    current.Add(CodePoints.Head(tooLong.Value, cut));
                    tooLong.Value = tooLong.Value[CodePoints.Offset(tooLong.Value, cut)..];
                }
                else if (current.Count == 0)
                {
                    current.Add(tooLong.Value);
                    chunks.RemoveFirst();
                }
            }

            if (current.Count > 0 && Whitespace.Trim(current[^1]).Length == 0)
            {
                current.RemoveAt(current.Count - 1);
            }

            if (current.Count > 0)
            {
                lines.Add(string.Concat(current));
            }
        }

        return lines;
    }

    // A word that is cut anyway is cut behind a hyphen if one lies in the part that fits.
    private static int BreakAt(string word, int room, bool breakOnHyphens)
    {
        if (!breakOnHyphens || CodePoints.Count(word) <= room)
        {
            return room;
        }

        var head = CodePoints.Head(word, room);
        var hyphen = head.LastIndexOf('-');
        return hyphen > 0 && head[..hyphen].AsSpan().IndexOfAnyExcept('-') >= 0 ? CodePoints.Count(head.AsSpan(0, hyphen + 1)) : room;
    }

    private static IEnumerable<string> Chunks(string line, bool breakOnHyphens)
    {
        foreach (Match piece in Words().Matches(line))
        {
            if (!breakOnHyphens || piece.Value[0] is '\t' or '\n' or '\v' or '\f' or '\r' or ' ')
            {
                yield return piece.Value;
                continue;
            }

            foreach (var part in AtHyphens(piece.Value))
            {
                yield return part;
            }
        }
    }

    // A hyphen between letters ends a part; so does an em dash made of two or more hyphens, which is a part of its own.
    private static IEnumerable<string> AtHyphens(string word)
    {
        var part = new StringBuilder();
        for (var at = 0; at < word.Length;)
        {
            if (word[at] != '-')
            {
                part.Append(word[at++]);
                continue;
            }

            var end = at;
            while (end < word.Length && word[end] == '-')
            {
                end++;
            }

            if (end - at >= 2 && at > 0 && end < word.Length && IsWordEnd(word[at - 1]) && IsWord(word[end]))
            {
                yield return part.ToString();
                part.Clear();
                yield return word[at..end];
            }
            else
            {
                part.Append(word, at, end - at);
                if (end - at == 1 && at >= 2 && IsLetter(word[at - 1]) && (IsLetter(word[at - 2]) || (at >= 3 && word[at - 2] == '-' && IsLetter(word[at - 3])))
                    && end + 1 < word.Length && IsLetter(word[end]) && (IsLetter(word[end + 1]) || word[end + 1] == '-'))
                {
                    yield return part.ToString();
                    part.Clear();
                }
            }

            at = end;
        }

        if (part.Length > 0)
        {
            yield return part.ToString();
        }

        static bool IsLetter(char c) => char.IsLetter(c) || c == '_';

        static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

        static bool IsWordEnd(char c) => IsWord(c) || c is '!' or '"' or '\'' or '&' or '.' or ',' or '?';
    }

    [GeneratedRegex(@"[\t\n\v\f\r ]+|[^\t\n\v\f\r ]+")]
    private static partial Regex Words();
}
