using System.Text.RegularExpressions;
using CsCheck;
using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tests.Tokenizers.Patterns;

public sealed class PatternTests
{
    private static string[] Matches(string regex, string text)
    {
        var codePoints = CodePoints.Of(text);
        var matches = new List<(int Start, int End)>();
        Pattern.OfRegex(regex).FindAll(codePoints, matches);
        return [.. matches.Select(match => CodePoints.ToText(codePoints.AsSpan(match.Start, match.End - match.Start)))];
    }

    [Theory]
    [InlineData(@"\p{L}+", "a𠮷b 𝐀𞤀", "a𠮷b|𝐀𞤀")]
    [InlineData(".", "a\n😀", "a|😀")]
    [InlineData("(?m).", "a\n", "a|\n")]
    [InlineData("^.|.$", "ab\ncd", "a|b|c|d")]
    [InlineData(@"\d+", "1٣½²", "1٣")]
    [InlineData(@"\w+", "aⅣ²½ ⑴", "aⅣ²½")]
    [InlineData(@"\s+", "a\u001Cb\u0085\u3000c\u200B", "\u0085\u3000")]
    [InlineData("(?i:'s)", "'S 'ſ 's", "'S|'ſ|'s")]
    [InlineData("(?i)ss", "ß SS sS ẞ", "ß|SS|sS|ẞ")]
    [InlineData("(?i)ß", "ss", "ss")]
    [InlineData("(?i)k", "K\u212A", "K|\u212A")]
    [InlineData("[[:punct:]]+", "a+-!b$", "+-!|$")]
    [InlineData("[^[:alpha:]]", "aé1", "1")]
    [InlineData("[a-z&&[^aeiou]]+", "hello", "h|ll")]
    [InlineData(@"[\]\-a]+", "]-ab", "]-a")]
    [InlineData("a?+a", "a aa", "aa")]
    [InlineData("a++b|a", "aac", "a|a")]
    [InlineData("(?>a*)b", "aab", "aab")]
    [InlineData("a{2,3}?", "aaaaa", "aa|aa")]
    [InlineData("a{,2}b", "aaab", "aab")]
    [InlineData("a{x}", "a{x}", "a{x}")]
    [InlineData(@"(\w)\1", "aabbc", "aa|bb")]
    [InlineData(@"(?<q>['""]).*?\k<q>", "'a\"b' \"c\"", "'a\"b'|\"c\"")]
    [InlineData("(?<=a)b", "ab cb", "b")]
    [InlineData("(?<!a|cc)b", "ab ccb cb", "b")]
    [InlineData("(?<=a+)b", "aaab b", "b")]
    [InlineData(@"a(?!\d)", "a1 ab", "a")]
    [InlineData(@"\x41\x{1F600}\u0042", "A😀B", "A😀B")]
    [InlineData("(?x) a b # comment\n c", "abc", "abc")]
    [InlineData("(?#comment)a", "a", "a")]
    [InlineData("a(?i)b|c", "aB aC C", "aB|aC")]
    [InlineData(@"\h+", "fFg", "fF")]
    [InlineData(@"\R", "\r\n\n", "\r\n|\n")]
    [InlineData(@"x*", "axb", "|x|")]
    [InlineData(@"\p{Han}+|\p{Hiragana}+", "漢字かな", "漢字|かな")]
    [InlineData(@"\p{^L}+|\P{L}", "a1", "1")]
    [InlineData(@"(?:a|b)*?c", "abac", "abac")]
    [InlineData(@"(?:){3}a", "a", "a")]
    [InlineData(@"(?:a*)*b", "aaab", "aaab")]
    [InlineData(@"\bx|x\B", "x ax xa", "x|x")]
    public void Finds(string regex, string text, string expected) => Assert.Equal(expected.Split('|'), Matches(regex, text));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("[z-a]")]
    [InlineData("*a")]
    [InlineData(@"\")]
    [InlineData(@"\p{Nope}")]
    [InlineData(@"\2(a)")]
    [InlineData("(?<n>a")]
    [InlineData(@"\k<missing>")]
    [InlineData("[[:nope:]]")]
    [InlineData("a{999999}")]
    [InlineData("(?:(?:(?:ab){1000}){1000}){1000}")]
    public void Refuses(string regex) => Assert.Throws<FormatException>(() => Pattern.OfRegex(regex));

    [Theory]
    [InlineData("(a*)*b")]
    [InlineData("(a|a)*b")]
    [InlineData("(a+a+)+b")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData(@"(?:\s*[\r\n])|b")]
    [InlineData("(?:a?){100}a{100}b")]
    [InlineData("(?=(a+))a*b")]
    [InlineData("(?:(?:a*)*)*b")]
    public void Explosive_patterns_come_to_an_end(string regex)
    {
        Assert.Empty(Matches(regex, new string('a', 20_000)));
        Assert.Empty(Matches(regex, new string(' ', 20_000)));
    }

    [Fact]
    public void An_explosive_back_reference_stops_at_a_limit() => Assert.Throws<PatternTooSlowException>(() => Matches(@"(a*)*\1b", new string('a', 5_000)));

    // Once a search is long it remembers what failed; that must not change what is found.
    [Fact]
    public void Remembering_failures_does_not_change_matches()
    {
        const string Regex = @"(?:a*|ab|b+c)*d|a(?:b|bb)*c|[ab]+?c";
        var tail = "aabbcabdaac";
        var direct = Matches(Regex, tail);
        var long_ = Matches(Regex, string.Concat(Enumerable.Repeat("ab", 6000)) + "x" + tail);
        Assert.Equal(direct, long_[^direct.Length..]);
    }

    private static Gen<T> Constant<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Simple_patterns_agree_with_dotnet()
    {
        var atom = Constant("a", "b", "[ab]", "[^a]", "(?:ab|a)", "(?:b|ba|c)", ".", "c");
        var part = Gen.Select(atom, Constant("", "*", "+", "?", "{2}", "{1,2}", "*?", "+?", "??")).Select((a, q) => a + q);
        var regexes = Gen.OneOf(part.Array[1, 5].Select(string.Concat), Gen.Select(part.Array[1, 3], part.Array[1, 3]).Select((l, r) => string.Concat(l) + "|" + string.Concat(r)));
        Gen.Select(regexes, Constant('a', 'b', 'c', ' ').Array[0, 14].Select(chars => new string(chars))).Sample((regex, text) =>
        {
            // Oniguruma takes no empty match right behind another match; .NET does.
            var expected = new List<string>();
            var last = -1;
            foreach (var match in Regex.Matches(text, regex).Take(100))
            {
                if (match.Length > 0 || match.Index != last)
                {
                    expected.Add(match.Value);
                    last = match.Index + match.Length;
                }
            }

            Assert.Equal(expected, Matches(regex, text));
        }, iter: 10_000);
    }
}
