using Studio.Data.Examples;
using Studio.Data.Reviews;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Reviews;

public sealed class VotePairsTests
{
    private int made;

    [Fact]
    public void The_better_answer_stands_against_each_of_the_others()
    {
        var pairs = VotePairs.Of([Of(VoteKind.Better, ["a", "b", "c"], preferred: 1)]);
        Assert.Equal([("b", "a"), ("b", "c")], pairs.Pairs.Select(p => (p.Chosen, p.Rejected)));
        Assert.Equal(0, pairs.WithoutPair);
        Assert.Null(pairs.Agreement);
    }

    [Fact]
    public void The_majority_decides_and_agreement_is_counted()
    {
        var pairs = VotePairs.Of([Of(VoteKind.Better, ["a", "b"], 0), Of(VoteKind.Better, ["b", "a"], 1), Of(VoteKind.Better, ["a", "b"], 1), Of(VoteKind.Better, ["a", "b"], 0, "other"), Of(VoteKind.Better, ["a", "b"], 1, "other")]);
        var pair = Assert.Single(pairs.Pairs);
        Assert.Equal(("a", "b", 2, 1), (pair.Chosen, pair.Rejected, pair.For, pair.Against));
        Assert.Equal((1, 2), (pairs.Ties, pairs.JudgedAgain));
        Assert.Equal(3 / 5.0, pairs.Agreement);
    }

    [Fact]
    public void Bad_answers_need_a_better_one_that_somebody_wrote()
    {
        var bad = Of(VoteKind.AllBad, ["a", "b"]);
        Assert.Equal(1, VotePairs.Of([bad]).WithoutPair);
        Assert.Equal([("good", "a"), ("good", "b")], VotePairs.Of([bad with { Edited = "good" }]).Pairs.Select(p => (p.Chosen, p.Rejected)));
        Assert.Equal([("better", "a")], VotePairs.Of([Of(VoteKind.Bad, ["a"]) with { Edited = "better" }]).Pairs.Select(p => (p.Chosen, p.Rejected)));
    }

    [Fact]
    public void Good_and_bad_answers_to_the_same_question_make_a_pair()
    {
        var pairs = VotePairs.Of([Of(VoteKind.Good, ["yes"]), Of(VoteKind.Bad, ["no"]), Of(VoteKind.Good, ["alone"], null, "other")]);
        Assert.Equal(("yes", "no"), (Assert.Single(pairs.Pairs).Chosen, pairs.Pairs[0].Rejected));
        Assert.Equal(1, pairs.WithoutPair);
    }

    [Fact]
    public void An_edited_answer_takes_the_place_of_the_preferred_one_and_equal_answers_teach_nothing()
    {
        Assert.Equal("a2", Assert.Single(VotePairs.Of([Of(VoteKind.Better, ["a", "b"], 0) with { Edited = "a2" }]).Pairs).Chosen);
        var same = VotePairs.Of([Of(VoteKind.Better, ["a", "a "], 0)]);
        Assert.Empty(same.Pairs);
        Assert.Equal(1, same.WithoutPair);
    }

    [Fact]
    public async Task The_lines_are_read_as_preference_pairs()
    {
        using var studio = new TestStudio();
        var lines = VotePairs.Of([Of(VoteKind.Better, ["第一", "b\n\"x\""], 0)]).Lines();
        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var file = await studio.Library.UploadAsync(body, "votes.jsonl", "fine-tune", null, null, CancellationToken.None);
        var version = await studio.Library.ImportAsync(file.Id, null, "votes", null, null, CancellationToken.None);
        Assert.Equal(Data.Datasets.ExampleKind.Preference, version.Kind);
        var example = Assert.IsType<PreferenceExample>(studio.Library.Read(version.Id).Single());
        Assert.Equal(("Why?", "第一", "b\n\"x\""), (example.Prompt[0].Content, example.Chosen[0].Content, example.Rejected[0].Content));
    }

    private Vote Of(VoteKind kind, string[] answers, int? preferred = null, string prompt = "Why?") => new()
    {
        Id = FormattableString.Invariant($"vote-{++made}"),
        CreatedAt = Records.Start.AddSeconds(made),
        Kind = kind,
        Source = "playground",
        Prompt = [new Message { Role = "user", Content = prompt }],
        Answers = [.. answers.Select((text, i) => new VotedAnswer($"m{i}", text))],
        Preferred = preferred,
        By = "ann",
    };
}
