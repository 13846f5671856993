using Bunit;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Web.Pages.Home;

namespace Studio.Web.Tests.Pages;

public sealed class HomePageTests : PageContext
{
    private TrainingJob Job(JobState state) => new()
    {
        Id = $"job-{state}",
        CreatedAt = Time.GetUtcNow(),
        Name = $"Harbour {state}",
        BaseModelId = "base-1",
        Recipe = new Recipe(),
        Data = [new DatasetUse("ver-1")],
        State = state,
        StartedAt = Time.GetUtcNow(),
        FinishedAt = state.IsFinal() ? Time.GetUtcNow() : null,
        Progress = new JobProgress { Step = 180, TotalSteps = 300, EtaSeconds = 190 },
    };

    [Fact]
    public void The_first_visit_shows_three_steps_and_the_sample()
    {
        using var english = Culture.English();
        var page = Render<HomePage>();

        Assert.Equal(["Bring data", "Train", "Try and deploy"], page.FindAll(".step h2").Select(h => h.TextContent));
        Assert.Single(page.FindAll(".btn.primary"));
        Assert.Equal("/data", page.Find(".btn.primary").GetAttribute("href"));
        Assert.Contains("Run the sample", page.Markup);
    }

    [Fact]
    public void The_sample_says_why_it_cannot_start()
    {
        using var english = Culture.English();
        var page = Render<HomePage>();
        page.FindAll("button").Single(b => b.TextContent.Contains("Run the sample", StringComparison.Ordinal)).Click();
        page.WaitForAssertion(() => Assert.Contains("There is no sample file", page.Find("[role=alert]").TextContent));
    }

    [Fact]
    public void A_running_job_shows_its_progress_and_time_left()
    {
        using var english = Culture.English();
        Database.Jobs.Insert(Job(JobState.Running));
        var page = Render<HomePage>();

        Assert.Equal("Good morning", page.Find("h1").TextContent);
        Assert.Contains("step 180 of 300", page.Markup);
        Assert.Contains("3 min 10 s", page.Markup);
        Assert.Equal("60", page.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
    }

    [Fact]
    public void What_failed_or_waits_needs_a_person()
    {
        using var english = Culture.English();
        Database.Jobs.Insert(Job(JobState.Failed));
        Database.Jobs.Insert(Job(JobState.Paused));
        Database.Datasets.Insert(new Dataset { Id = "ds-1", CreatedAt = Time.GetUtcNow(), Name = "Tickets" });
        Database.DatasetVersions.Insert(new DatasetVersion { Id = "ver-1", CreatedAt = Time.GetUtcNow(), DatasetId = "ds-1", Number = 1, FileId = "file-1", FileName = "tickets.csv", State = DatasetState.NeedsChoice });
        var page = Render<HomePage>();

        var needs = page.FindAll(".need a");
        Assert.Equal(["/data/ds-1", "/runs/job-Failed", "/runs/job-Paused"], needs.Select(n => n.GetAttribute("href")));
    }

    [Fact]
    public void The_page_follows_the_store()
    {
        using var english = Culture.English();
        var page = Render<HomePage>();
        Database.Jobs.Insert(Job(JobState.Queued));
        Time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Contains("Harbour Queued", page.Markup));
    }
}
