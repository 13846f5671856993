using Studio.Data.Preparation;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Preparation;

public sealed class PreparedReviewTests : IDisposable
{
    private readonly TempFolder folder = new();

    public PreparedReviewTests() => PreparedRows.Write(
        Path.Combine(folder.Path, PreparedRows.FileName),
        Enumerable.Range(1, 5).Select(i => new PreparedRow { Id = $"r{i}", Group = PreparedGroups.LookAlike, Language = "en", Prompt = $"Prompt {i}", Wanted = Wanted.Answer, Answer = $"Answer {i}", Unfinished = true }));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Decisions_are_read_again_and_the_prepared_file_stays_as_it_was()
    {
        var before = File.ReadAllText(Path.Combine(folder.Path, PreparedRows.FileName));
        var review = PreparedReview.Open(folder.Path);
        Assert.Equal(3, review.Apply([new PreparedChange("r1") { State = ReviewState.Accepted }, new PreparedChange("r2") { State = ReviewState.Rejected, Note = " no " }, new PreparedChange("r3") { Answer = " New " }, new PreparedChange("none") { State = ReviewState.Accepted }]));
        Assert.Equal(0, review.Apply([new PreparedChange("r1") { State = ReviewState.Accepted }]));

        var again = PreparedReview.Open(folder.Path);
        Assert.Equal([ReviewState.Accepted, ReviewState.Rejected, ReviewState.Edited, ReviewState.Proposed, ReviewState.Proposed], again.Rows.Select(r => r.State));
        Assert.Equal(("New", false, "no"), (again.Find("r3")!.Answer, again.Find("r3")!.Unfinished, again.Find("r2")!.Note));
        Assert.Equal(before, File.ReadAllText(Path.Combine(folder.Path, PreparedRows.FileName)));
    }

    [Fact]
    public void Taking_back_an_edit_brings_the_proposed_answer_back()
    {
        var review = PreparedReview.Open(folder.Path);
        review.Apply([new PreparedChange("r4") { Answer = "Mine" }]);
        review.Apply([new PreparedChange("r4") { State = ReviewState.Proposed }]);
        Assert.Equal(("Answer 4", true, ReviewState.Proposed), (review.Find("r4")!.Answer, review.Find("r4")!.Unfinished, review.Find("r4")!.State));
        Assert.Equal(review.Rows, PreparedReview.Open(folder.Path).Rows);
    }

    [Fact]
    public void A_line_cut_short_loses_itself_alone()
    {
        PreparedReview.Open(folder.Path).Apply([new PreparedChange("r1") { State = ReviewState.Accepted }]);
        File.AppendAllText(Path.Combine(folder.Path, PreparedReview.FileName), "{\"id\":\"r2\",\"sta");
        Assert.Equal([ReviewState.Accepted, ReviewState.Proposed], PreparedReview.Open(folder.Path).Rows.Take(2).Select(r => r.State));
        PreparedReview.Open(folder.Path).Apply([new PreparedChange("r3") { State = ReviewState.Rejected }]);
        Assert.Equal(ReviewState.Rejected, PreparedReview.Open(folder.Path).Find("r3")!.State);
    }
}
