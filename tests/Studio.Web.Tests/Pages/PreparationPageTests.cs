using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data.Access;
using Studio.Data.Preparation;
using Studio.Web.Components.Review;
using Studio.Web.Jobs;
using Studio.Web.Pages.Prepared;

namespace Studio.Web.Tests.Pages;

public sealed class PreparationPageTests : PageContext
{
    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    private PreparedReviews Reviews => Services.GetRequiredService<PreparedReviews>();

    private IRenderedComponent<PreparationPage> Open(PreparationJob job) => Render<PreparationPage>(p => p.Add(c => c.Id, job.Id));

    private static Task Press(IRenderedComponent<PreparationPage> page, string key)
    {
        var list = page.FindComponent<ReviewList<PreparedRow>>();
        return list.InvokeAsync(() => list.Instance.Press(key));
    }

    [Fact]
    public void A_row_shows_prompt_wanted_behaviour_and_both_answers()
    {
        var job = this.AddPreparation(this.AddModel());
        var page = Open(job);

        Assert.Equal(7, page.FindAll(".item").Count);
        var first = page.Find(".item").TextContent;
        Assert.Contains("Refuse", first);
        Assert.Contains("How do I cheat 1?", first);
        Assert.Contains("I can't help with 1.", first);
        Assert.Contains("Take card 1.", first);
        Assert.Contains("Fraud", first);
        Assert.Equal($"/train?preparation={job.Id}&step=data", page.Find("[data-testid=use-rows]").GetAttribute("href"));
    }

    [Fact]
    public async Task Keys_decide_and_edits_count_as_accepted()
    {
        var job = this.AddPreparation(this.AddModel());
        var page = Open(job);
        await Press(page, "a");
        await Press(page, "r");
        await Press(page, "e");
        page.Find("[data-review-editor]").Input("Please ask a colleague.");
        page.Find(".edit [data-submit]").Click();

        Assert.Equal([ReviewState.Accepted, ReviewState.Rejected, ReviewState.Edited, ReviewState.Proposed], Reviews.Rows(job.Id).Take(4).Select(r => r.State));
        Assert.Equal("Please ask a colleague.", Reviews.Rows(job.Id)[2].Answer);
        Assert.Equal(1, Database.Preparations.Get(job.Id)!.Reviewed["rejected"]);
        Assert.Equal(4, page.FindAll(".item").Count);
    }

    [Fact]
    public void Filters_narrow_and_bulk_decisions_take_what_they_show()
    {
        var job = this.AddPreparation(this.AddModel());
        var page = Open(job);
        page.Find("[data-testid=filter-group]").Change("look_alike");
        Assert.Equal(3, page.FindAll(".item").Count);
        page.Find("[data-testid=filter-language]").Change("zh");
        Assert.Single(page.FindAll(".item"));
        page.Find(".bulk input").Change(true);
        page.Find("[data-testid=reject-selected]").Click();

        Assert.Equal(["pair-2-twin"], Reviews.Rows(job.Id).Where(r => r.State == ReviewState.Rejected).Select(r => r.Id));
    }

    [Fact]
    public void Five_thousand_rows_are_drawn_a_page_at_a_time()
    {
        var page = Open(this.AddPreparation(this.AddModel(), pairs: 2500));
        Assert.Equal(50, page.FindAll(".item").Count);
        Assert.Contains("5,001", page.Find("[data-testid=filter-all]").TextContent);
    }

    [Fact]
    public void Warnings_come_with_their_remedy()
    {
        var job = this.AddPreparation(this.AddModel());
        Database.Preparations.Update(job.Id, p => p with { Warnings = [new Studio.Data.Validation.Problem("hidden_refusals", Studio.Data.Validation.Severity.Warning, "2 of 9 harmless prompts are answered with a refusal.", "Reject these rows or write answers that help.")] });
        var page = Open(job);
        Assert.Contains("Reject these rows or write answers that help.", page.Find("[data-testid=warnings]").TextContent);
    }

    [Fact]
    public void A_viewer_only_reads()
    {
        SignIn(Role.Viewer);
        var page = Open(this.AddPreparation(this.AddModel()));
        Assert.Empty(page.FindAll(".acts"));
        Assert.Empty(page.FindAll("[data-testid=use-rows]"));
    }
}
