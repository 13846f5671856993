using System.Text.Json;
using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Text;

/// <summary>Recognises a kind of answer by regular expressions per language, without regard to case.</summary>
public sealed class PhraseList
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<Regex> phrases;

    /// <param name="json">Language -> regular expressions.</param>
    public PhraseList(string json) => phrases = [.. JsonSerializer.Deserialize<Dictionary<string, string[]>>(json)!
        .SelectMany(language => language.Value)
        .Select(pattern => new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Patience))];

    /// <summary>"I can't help with that" and its like.</summary>
    public static PhraseList Refusal { get; } = new(Embedded("refusal_phrases.json"));

    public bool Matches(string text)
    {
        var straight = text.Replace('’', '\'').Replace('‘', '\'').Trim();
        return phrases.Any(p => p.IsMatch(straight));
    }

    private static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(PhraseList).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException($"{name} is not part of this build"));
        return reader.ReadToEnd();
    }
}
