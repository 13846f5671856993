using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>Something that finds its matches in a text, left to right and without overlap.</summary>
internal abstract class Pattern
{
    /// <summary>Adds the matches as ranges of code points.</summary>
    public abstract void FindAll(ReadOnlySpan<int> text, List<(int Start, int End)> matches);

    public static Pattern OfText(string text) => new TextPattern(CodePoints.Of(text));

    /// <summary>A regular expression; <see cref="FormatException"/> when it is not one.</summary>
    public static Pattern OfRegex(string regex) => new RegexPattern(PatternProgram.Compile(regex));

    /// <summary>Single code points that satisfy a rule.</summary>
    public static Pattern OfCodePoints(Func<int, bool> rule) => new RulePattern(rule);

    private sealed class TextPattern(int[] wanted) : Pattern
    {
        public override void FindAll(ReadOnlySpan<int> text, List<(int Start, int End)> matches)
        {
            if (wanted.Length == 0)
            {
                return;
            }

            var at = 0;
            while (true)
            {
                var found = text[at..].IndexOf(wanted);
                if (found < 0)
                {
                    return;
                }

                matches.Add((at + found, at + found + wanted.Length));
                at += found + wanted.Length;
            }
        }
    }

    private sealed class RulePattern(Func<int, bool> rule) : Pattern
    {
        public override void FindAll(ReadOnlySpan<int> text, List<(int Start, int End)> matches)
        {
            for (var i = 0; i < text.Length; i++)
            {
                if (rule(text[i]))
                {
                    matches.Add((i, i + 1));
                }
            }
        }
    }

    private sealed class RegexPattern(PatternProgram program) : Pattern
    {
        public override void FindAll(ReadOnlySpan<int> text, List<(int Start, int End)> matches)
        {
            var matcher = new PatternMatcher(program, text);
            var at = 0;
            var last = -1;
            while (at <= text.Length)
            {
                var (start, end) = matcher.Find(at);
                if (start < 0)
                {
                    return;
                }

                // An empty match right behind the last one is no match; go on one code point further.
                if (start == end && end == last)
                {
                    at++;
                    continue;
                }

                matches.Add((start, end));
                at = last = end;
            }
        }
    }
}
