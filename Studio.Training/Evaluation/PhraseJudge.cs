using System.Text.Json;
using System.Text.RegularExpressions;

namespace Studio.Training.Evaluation;

/// <summary>Recognises a kind of answer by regular expressions, without regard to case.</summary>
public sealed class PhraseJudge
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<Regex> phrases;

    private PhraseJudge(string file) => phrases = [.. JsonSerializer.Deserialize<Dictionary<string, string[]>>(EmbeddedFile.Read(file))!
        .SelectMany(language => language.Value)
        .Select(pattern => new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Patience))];

    /// <summary>"I can't help with that" and its like.</summary>
    public static PhraseJudge Refusal { get; } = new("refusal_phrases.json");

    /// <summary>"I don't know" and its like.</summary>
    public static PhraseJudge Abstention { get; } = new("abstention_phrases.json");

    public bool Matches(string answer)
    {
        var straight = answer.Replace('’', '\'').Replace('‘', '\'').Trim();
        return phrases.Any(p => p.IsMatch(straight));
    }
}
