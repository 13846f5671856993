using Bunit;
using Studio.Data.Access;
using Studio.Data.Examples;
using Studio.Data.Reviews;
using Studio.Web.Components.Review;
using Studio.Web.Pages.Review;

namespace Studio.Web.Tests.Pages;

public sealed class ReviewPageTests : PageContext
{
    private readonly Culture english = Culture.English();
    private int made;

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public async Task Keys_move_accept_reject_and_take_back()
    {
        var (first, second) = (Add("one"), Add("two"));
        var page = Render<ReviewPage>();
        var list = page.FindComponent<ReviewList<Vote>>();
        Assert.Contains("two", page.Find("li.item.on").TextContent);

        await page.InvokeAsync(() => list.Instance.Press("j"));
        Assert.Contains("one", page.Find("li.item.on").TextContent);
        await page.InvokeAsync(() => list.Instance.Press("r"));
        Assert.Equal(ReviewState.Rejected, Database.Votes.Get(first.Id)!.State);
        await page.InvokeAsync(() => list.Instance.Press("a"));
        Assert.Equal((ReviewState.Accepted, "tester"), (Database.Votes.Get(second.Id)!.State, Database.Votes.Get(second.Id)!.ReviewedBy));
        Assert.Contains("No votes in this state", page.Markup);
        Assert.Contains("1", page.Find("[data-testid=filter-accepted]").TextContent);
        Assert.Contains("1 pair from accepted votes", page.Markup);
    }

    [Fact]
    public async Task Many_are_decided_at_once_and_an_answer_is_written()
    {
        var votes = Enumerable.Range(0, 4).Select(i => Add($"question {i}", VoteKind.AllBad)).ToList();
        var page = Render<ReviewPage>();
        var list = page.FindComponent<ReviewList<Vote>>();
        await page.InvokeAsync(() => list.Instance.Press("e"));
        page.Find("textarea").Input("A good answer.");
        page.Find(".edit [data-submit]").Click();
        Assert.Equal(("A good answer.", ReviewState.Accepted), (Database.Votes.Get(votes[3].Id)!.Edited, Database.Votes.Get(votes[3].Id)!.State));

        page.Find(".bulk input").Change(true);
        Assert.Contains("3 selected", page.Markup);
        page.Find("[data-testid=reject-selected]").Click();
        Assert.Equal(3, Database.Votes.List(v => v.State == ReviewState.Rejected).Count);

        page.Find("[data-testid=make-dataset]").Click();
        await UntilAsync(() => Database.DatasetVersions.List().Any(v => v.State == Data.Datasets.DatasetState.Ready));
        Assert.Equal(2, Database.DatasetVersions.List().Single().ValidRows);
    }

    [Fact]
    public void A_viewer_reads_and_decides_nothing()
    {
        SignIn(Role.Viewer);
        Add("one");
        var page = Render<ReviewPage>();
        Assert.Contains("one", page.Markup);
        Assert.Empty(page.FindAll("input[type=checkbox], .acts button, [data-testid=make-dataset]"));
    }

    private Vote Add(string question, VoteKind kind = VoteKind.Better) => Database.Votes.Insert(new Vote
    {
        Id = FormattableString.Invariant($"vote-{++made}"),
        CreatedAt = Time.GetUtcNow().AddSeconds(made),
        Kind = kind,
        Source = "playground",
        Prompt = [new Message { Role = "user", Content = question }],
        Answers = [new VotedAnswer("base", "left"), new VotedAnswer("ft", "right")],
        Preferred = kind == VoteKind.Better ? 1 : null,
        By = "ann",
    });
}
