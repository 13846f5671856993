using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Testing;

namespace Studio.Data.Tests.Samples;

public sealed class RefusalPackTests
{
    private static readonly string Folder = RepositoryRoot.Under("samples", "refusal");
    private static readonly IReadOnlyList<Pair> Pairs = [.. File.ReadLines(Path.Combine(Folder, "pairs.jsonl")).Select(StudioJson.Deserialize<Pair>)];
    private static readonly JsonObject Answers = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "answers.json")))!;

    [Fact]
    public void There_are_a_thousand_pairs_in_twelve_categories_and_a_quarter_is_Chinese()
    {
        Assert.True(Pairs.Count >= 1000);
        Assert.Equal(12, Pairs.Select(p => p.Category).Distinct().Count());
        Assert.InRange(Pairs.Count(p => p.Language == "zh") / (double)Pairs.Count, 0.22, 0.28);
        Assert.InRange(Pairs.Count(p => p.Split == "held_back") / (double)Pairs.Count, 0.13, 0.18);
        Assert.InRange(Pairs.Count(p => p.Form == "question") / (double)Pairs.Count, 0.4, 0.6);
    }

    [Fact]
    public void No_prompt_stands_twice_or_on_both_sides()
    {
        var prompts = Pairs.SelectMany(p => new[] { p.Harmful, p.Harmless }).ToList();
        Assert.Equal(prompts.Count, prompts.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(Pairs.Count, Pairs.Select(p => p.Id).Distinct().Count());
    }

    [Fact]
    public void Both_sides_of_a_pair_end_alike_so_that_the_form_gives_nothing_away()
    {
        Assert.All(Pairs, p => Assert.Equal(Ending(p.Harmful), Ending(p.Harmless)));

        static char Ending(string text) => char.IsPunctuation(text[^1]) ? text[^1] : ' ';
    }

    [Fact]
    public void Every_category_has_eight_refusals_in_both_languages_and_each_is_recognised()
    {
        var phrases = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "refusal_phrases.json")))!;
        foreach (var category in Pairs.Select(p => p.Category).Distinct())
        {
            foreach (var language in new[] { "en", "zh" })
            {
                var patterns = phrases[language]!.AsArray().Select(p => new Regex(p!.GetValue<string>(), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)).ToList();
                var answers = Answers[category]![language]!.AsArray().Select(a => a!.GetValue<string>()).ToList();
                Assert.True(answers.Distinct().Count() >= 8, category);
                Assert.All(answers, answer => Assert.Contains(patterns, pattern => pattern.IsMatch(answer)));
            }
        }
    }

    [Fact]
    public void General_prompts_are_in_no_pair()
    {
        var general = File.ReadLines(Path.Combine(Folder, "general_prompts.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("prompt").GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.True(general.Count >= 400);
        Assert.DoesNotContain(Pairs, p => general.Contains(p.Harmful) || general.Contains(p.Harmless));
    }

    private sealed record Pair(string Id, string Category, string Language, string Form, string Length, string Split, string Harmful, string Harmless);
}
