using System.Text.RegularExpressions;
using Studio.Data.Documents;
using Studio.Data.Examples;

namespace Studio.Training.Rewards;

/// <summary>1 when a regular expression is found in the answer: the row's own (<c>pattern</c>) or the recipe's. One that takes longer than a second does not match.</summary>
public sealed class RegexReward(string? pattern) : SingleReward
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Regex?> known = new(StringComparer.Ordinal);

    public override string Name => "regex";

    public override string? Lacks(PromptExample row) => PatternOf(row) is { } own && Compiled(own) is not null ? null : "a valid regular expression (column pattern, or the option reward_pattern)";

    protected override double Score(JudgedAnswer answer)
    {
        try
        {
            return Compiled(PatternOf(answer.Row)!)!.IsMatch(answer.Text) ? 1 : 0;
        }
        catch (RegexMatchTimeoutException)
        {
            return 0;
        }
    }

    private string? PatternOf(PromptExample row) => (string?)row.Extra?["pattern"] ?? pattern;

    private Regex? Compiled(string text)
    {
        if (!known.TryGetValue(text, out var regex))
        {
            try
            {
                regex = new Regex(text, RegexOptions.CultureInvariant, Patience);
            }
            catch (ArgumentException)
            {
                regex = null;
            }

            known[text] = regex;
        }

        return regex;
    }
}

/// <summary>1 at the wanted number of tokens, falling in a straight line to 0 at none and at twice as many.</summary>
public sealed class LengthReward(int wanted) : SingleReward
{
    public override string Name => "length";

    protected override double Score(JudgedAnswer answer) => Math.Max(0, 1 - (Math.Abs(answer.Ids.Count - wanted) / (double)wanted));
}

/// <summary>1 when the answer is in the wanted language, one half when it is mixed, else 0.</summary>
/// <param name="wanted">en, zh, or prompt for the language of the question.</param>
public sealed class LanguageReward(string wanted) : SingleReward
{
    public override string Name => "language";

    protected override double Score(JudgedAnswer answer)
    {
        var language = wanted == "prompt" ? LanguageMix.Of(answer.Question) : wanted;
        var own = LanguageMix.Of(answer.Text);
        return language is not ("en" or "zh") ? double.NaN : own == language ? 1 : own == "mixed" ? 0.5 : 0;
    }
}

/// <summary>0 for an answer that never repeats itself, down to −1 for one that is all repetition: the share of distinct runs of three words (or Chinese characters), less one.</summary>
public sealed class RepetitionReward : SingleReward
{
    private const int Run = 3;

    public override string Name => "repetition";

    protected override double Score(JudgedAnswer answer) => Distinct(answer.Text) - 1;

    /// <summary>Share of distinct runs of three words or Han characters; 1 for a short text.</summary>
    internal static double Distinct(string text)
    {
        List<string> words = [];
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Any(c => c is >= '\u3400' and <= '\u9fff'))
            {
                words.AddRange(word.Select(c => c.ToString()));
            }
            else
            {
                words.Add(word.ToLowerInvariant());
            }
        }

        var runs = words.Count - Run + 1;
        return runs < 2 ? 1 : (double)Enumerable.Range(0, runs).Select(i => string.Join(' ', words.GetRange(i, Run))).Distinct(StringComparer.Ordinal).Count() / runs;
    }
}

/// <summary>1 for a thought between <c>&lt;think&gt;</c> tags and an answer after it; one half when the tags are there once and in order but one of both parts is empty; else 0.</summary>
public sealed class ReasoningFormatReward : SingleReward
{
    private const string Open = "<think>";
    private const string Close = "</think>";

    public override string Name => "reasoning_format";

    protected override double Score(JudgedAnswer answer)
    {
        var text = answer.Text;
        var (open, close) = (text.IndexOf(Open, StringComparison.Ordinal), text.IndexOf(Close, StringComparison.Ordinal));
        if (open < 0 || close < open || text.IndexOf(Open, open + 1, StringComparison.Ordinal) >= 0 || text.IndexOf(Close, close + 1, StringComparison.Ordinal) >= 0 || text[..open].Trim().Length > 0)
        {
            return 0;
        }

        var (thought, said) = (text[(open + Open.Length)..close], text[(close + Close.Length)..]);
        return thought.Trim().Length > 0 && said.Trim().Length > 0 ? 1 : 0.5;
    }
}
