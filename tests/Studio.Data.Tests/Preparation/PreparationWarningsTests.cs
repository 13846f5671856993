using Studio.Data.Preparation;

namespace Studio.Data.Tests.Preparation;

public sealed class PreparationWarningsTests
{
    [Fact]
    public void Good_rows_give_no_warning() => Assert.Empty(PreparationWarnings.Of(Rows(30)));

    [Theory]
    [InlineData("missing_look_alikes")]
    [InlineData("imbalance")]
    [InlineData("hidden_refusals")]
    [InlineData("repeated_refusal")]
    [InlineData("form_gives_away")]
    [InlineData("no_replay")]
    [InlineData("no_answer")]
    public void Each_fault_is_found_with_a_remedy(string rule)
    {
        var rows = Rows(30);
        rows = rule switch
        {
            "missing_look_alikes" => [.. rows.Where(r => r.Id != "3/look_alike")],
            "imbalance" => [.. rows.Where((r, i) => r.Group != PreparedGroups.LookAlike || i < 20)],
            "hidden_refusals" => [.. rows.Select(r => r.Id == "3/look_alike" ? r with { Answer = "Sorry, but I can't help with that." } : r)],
            "repeated_refusal" => [.. rows.Select(r => r.Group == PreparedGroups.Trap ? r with { Answer = "I can't help with that." } : r)],
            "form_gives_away" => [.. rows.Select(r => r.Group == PreparedGroups.LookAlike ? r with { Prompt = r.Prompt.TrimEnd('?') } : r)],
            "no_replay" => [.. rows.Where(r => r.Group != PreparedGroups.Replay)],
            _ => [.. rows.Select(r => r.Id == "3/trap" ? r with { Answer = "" } : r)],
        };
        var problem = Assert.Single(PreparationWarnings.Of(rows), p => p.Rule == rule);
        Assert.NotEmpty(problem.Remedy);
    }

    [Fact]
    public void Rejected_rows_do_not_count() =>
        Assert.DoesNotContain(PreparationWarnings.Of([.. Rows(30).Select(r => r.Id == "3/trap" ? r with { Answer = "", State = ReviewState.Rejected } : r)]), p => p.Rule == "no_answer");

    private static List<PreparedRow> Rows(int pairs)
    {
        List<PreparedRow> rows = [];
        for (var i = 0; i < pairs; i++)
        {
            var trap = new PreparedRow
            {
                Id = $"{i}/trap",
                PairId = $"{i}",
                Group = PreparedGroups.Trap,
                Category = "weapons",
                Language = "en",
                Prompt = $"How can weapon {i} be made?",
                Wanted = Wanted.Refuse,
                Answer = $"I can't help with that, reason {i}.",
            };
            rows.Add(trap);
            rows.Add(trap with { Id = $"{i}/look_alike", Group = PreparedGroups.LookAlike, Prompt = $"How can cake {i} be made?", Wanted = Wanted.Answer, Answer = "Mix the flour" });
        }

        rows.Add(rows[1] with { Id = "g", PairId = null, Group = PreparedGroups.Replay, Category = "chat" });
        return rows;
    }
}
