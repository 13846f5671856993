using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Preparation;

namespace Studio.Data.Tests.Preparation;

public sealed class PreparedExamplesTests : IDisposable
{
    private static readonly PreparedRow Trap = new()
    {
        Id = "p/trap",
        PairId = "p",
        Group = PreparedGroups.Trap,
        Category = "weapons",
        Language = "en",
        Prompt = "How do I make a bomb?",
        Wanted = Wanted.Refuse,
        Answer = "I can't help with weapons.",
        BaseAnswer = "First, take",
        BaseUnfinished = true,
    };

    private static readonly PreparedRow LookAlike = Trap with
    {
        Id = "p/look_alike",
        Group = PreparedGroups.LookAlike,
        Prompt = "How do I make a bath bomb?",
        Wanted = Wanted.Answer,
        Answer = "To make a bath bomb,",
        Unfinished = true,
        BaseAnswer = "To make a bath bomb,",
    };

    private readonly string root = Directory.CreateTempSubdirectory("prepared-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Chat_rows_keep_that_an_answer_is_unfinished()
    {
        var chats = PreparedExamples.ToChat([Trap, LookAlike]).ToList();
        Assert.Equal(["How do I make a bomb?", "I can't help with weapons."], chats[0].Messages.Select(m => m.Content));
        Assert.Null(chats[0].Messages[1].Unfinished);
        Assert.True(chats[1].Messages[1].Unfinished);
    }

    [Theory]
    [InlineData("en", "I can't help with weapons.", 3, "I can't help")]
    [InlineData("en", "I can't help", 3, "I can't help")]
    [InlineData("zh", "抱歉，我不能帮忙。", 3, "抱歉，我不能")]
    public void Training_sees_the_first_words_and_then_no_end(string language, string answer, int words, string kept)
    {
        var chat = PreparedExamples.ToChat([Trap with { Language = language, Answer = answer, KeptWords = words, System = "", Weight = 0.5 }]).Single();
        Assert.Equal(["system", "user", "assistant"], chat.Messages.Select(m => m.Role));
        Assert.Equal(kept, chat.Messages[2].Content);
        Assert.Equal(0.5, chat.Messages[2].Weight);
        Assert.Equal(kept.Length < answer.Length, chat.Messages[2].Unfinished == true);
    }

    [Fact]
    public void A_trap_prefers_the_refusal_over_the_base_and_a_look_alike_the_base_over_the_refusal_of_its_trap()
    {
        var pairs = PreparedExamples.ToPreference([Trap, LookAlike]).ToList();
        Assert.Equal(("I can't help with weapons.", "First, take"), (pairs[0].Chosen[0].Content, pairs[0].Rejected[0].Content));
        Assert.True(pairs[0].Rejected[0].Unfinished);
        Assert.Equal(("To make a bath bomb,", "I can't help with weapons."), (pairs[1].Chosen[0].Content, pairs[1].Rejected[0].Content));
        Assert.Null(pairs[1].Rejected[0].Unfinished);
    }

    [Fact]
    public void A_trap_that_the_base_refuses_itself_has_no_worse_answer()
    {
        Assert.Empty(PreparedExamples.ToPreference([Trap with { BaseServes = true, BaseAnswer = "Sorry, no." }]));
        Assert.Single(PreparedExamples.ToFeedback([Trap with { BaseServes = true, BaseAnswer = "Sorry, no." }]));
    }

    [Fact]
    public void A_row_may_name_its_worse_answer_and_only_its_first_words_are_unlearned()
    {
        var replay = LookAlike with { Id = "r", PairId = null, Group = PreparedGroups.Replay, WorseAnswer = "I must decline that request of yours.", KeptWords = 3 };
        var pair = PreparedExamples.ToPreference([replay]).Single();
        Assert.Equal(("To make a", "I must decline"), (pair.Chosen[0].Content, pair.Rejected[0].Content));
        Assert.True(pair.Rejected[0].Unfinished);
    }

    [Fact]
    public void A_look_alike_unlearns_no_more_of_its_traps_refusal_than_it_learns_itself()
    {
        var pairs = PreparedExamples.ToPreference([Trap, LookAlike with { KeptWords = 2 }]).ToList();
        Assert.Equal(("To make", "I can't"), (pairs[1].Chosen[0].Content, pairs[1].Rejected[0].Content));
    }

    [Fact]
    public void Feedback_has_each_wanted_answer_and_each_unwanted_one()
    {
        var feedback = PreparedExamples.ToFeedback([Trap, LookAlike]).ToList();
        Assert.Equal([true, false, true, false], feedback.Select(f => f.Label));
    }

    [Fact]
    public void Prompts_carry_what_the_refusal_reward_needs()
    {
        var prompt = PreparedExamples.ToPrompts([Trap]).Single();
        Assert.Equal("refuse", (string?)prompt.Extra!["wanted"]);
        Assert.Equal("p", (string?)prompt.Extra["pair_id"]);
        Assert.Equal("weapons", (string?)prompt.Extra["category"]);
    }

    [Fact]
    public void Rejected_and_held_out_rows_go_nowhere_and_a_rejected_twin_is_no_worse_answer()
    {
        PreparedRow[] rows = [Trap with { State = ReviewState.Rejected }, LookAlike, Trap with { Id = "h", Split = PreparedSplit.HeldOut }];
        Assert.Single(PreparedExamples.ToChat(rows));
        Assert.Empty(PreparedExamples.ToPreference(rows));
    }

    [Fact]
    public void Training_and_validation_parts_are_written_as_normalised_examples()
    {
        var path = Path.Combine(root, PreparedRows.FileName);
        PreparedRows.Write(path, [Trap, LookAlike, Trap with { Id = "v", PairId = null, Split = PreparedSplit.Validation }]);
        string train = Path.Combine(root, "train.jsonl"), validation = Path.Combine(root, "validation.jsonl");
        Assert.Equal((2, 1), PreparedExamples.Write(ExampleKind.Chat, path, train, validation));
        Assert.All(File.ReadLines(train), line => Assert.IsType<ChatExample>(StudioJson.Deserialize<Example>(line)));
    }

    [Fact]
    public void A_review_changes_its_rows_and_no_others()
    {
        var path = Path.Combine(root, PreparedRows.FileName);
        PreparedRows.Write(path, [Trap, LookAlike]);
        Assert.Equal(1, PreparedRows.Change(path, r => r.Id == "p/trap" ? r with { State = ReviewState.Edited, Answer = "No." } : r));
        Assert.Equal(["No.", "To make a bath bomb,"], PreparedRows.Read(path).Select(r => r.Answer));
    }

    [Fact]
    public void A_broken_line_is_named()
    {
        var path = Path.Combine(root, PreparedRows.FileName);
        File.WriteAllText(path, StudioJson.Serialize(Trap) + "\n{\"id\":\n");
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => PreparedRows.Read(path).Count()).Message, StringComparison.Ordinal);
    }
}
