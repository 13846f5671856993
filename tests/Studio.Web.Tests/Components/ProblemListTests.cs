using Bunit;
using Studio.Data.Validation;
using Studio.Web.Components;

namespace Studio.Web.Tests.Components;

public sealed class ProblemListTests : PageContext
{
    private static readonly Problem[] Problems =
    [
        new("duplicate", Severity.Warning, "The example is the same as the one in line 2.", "Remove it, unless it shall count twice.") { File = "facts.jsonl", Line = 3, Excerpt = "{\"messages\":" },
        new("empty_assistant_turn", Severity.Error, "The assistant's answer is empty.", "Write the answer, or remove the row.") { File = "facts.jsonl", Line = 1, Field = "messages[1].content" },
        new("duplicate", Severity.Warning, "The example is the same as the one in line 5.", "Remove it, unless it shall count twice.") { File = "facts.jsonl", Line = 9 },
    ];

    [Fact]
    public void Groups_by_rule_and_shows_the_worst_first()
    {
        using var english = Culture.English();
        var list = Render<ProblemList>(p => p.Add(c => c.Problems, Problems));

        var groups = list.FindAll("details");
        Assert.Equal(2, groups.Count);
        Assert.Contains("The assistant's answer is empty.", groups[0].TextContent);
        Assert.True(groups[0].HasAttribute("open"));
        Assert.Contains("The same example twice", groups[1].TextContent);
        Assert.Contains("2 places", groups[1].TextContent);
    }

    [Fact]
    public void Every_problem_shows_place_field_excerpt_and_remedy()
    {
        using var english = Culture.English();
        var list = Render<ProblemList>(p => p.Add(c => c.Problems, Problems));

        Assert.Contains("facts.jsonl, line 1", list.Markup);
        Assert.Contains("messages[1].content", list.Markup);
        Assert.Contains(list.FindAll("code"), c => c.TextContent == "{\"messages\":");
        Assert.Contains("Write the answer, or remove the row.", list.Markup);
        Assert.Contains("the same as the one in line 5", list.Markup);
    }

    [Fact]
    public void Counts_beyond_the_listed_ones_offer_more()
    {
        using var english = Culture.English();
        string? asked = null;
        var list = Render<ProblemList>(p => p
            .Add(c => c.Problems, Problems)
            .Add(c => c.Counts, new Dictionary<string, long> { ["duplicate"] = 1_200, ["empty_assistant_turn"] = 1 })
            .Add(c => c.OnMore, rule => asked = rule));

        Assert.Contains("1,200 places", list.Markup);
        var more = Assert.Single(list.FindAll("button"));
        Assert.Contains("1,198", more.TextContent);
        more.Click();
        Assert.Equal("duplicate", asked);
    }

    [Fact]
    public void Chinese_readers_see_no_English_sentence()
    {
        using var chinese = Culture.Chinese();
        var list = Render<ProblemList>(p => p.Add(c => c.Problems, Problems));

        Assert.Contains("回答为空", list.Markup);
        Assert.Contains("facts.jsonl，第 1 行", list.Markup);
        Assert.DoesNotContain("The example is the same", list.Markup);
        Assert.DoesNotContain("Remove it", list.Markup);
    }
}
