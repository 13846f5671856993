using System.Text.Json.Nodes;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Web.Components.Charts;
using Studio.Web.Pages.Runs;

namespace Studio.Web.Tests.Pages;

public sealed class RunPageTests : PageContext
{
    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    private IRenderedComponent<RunPage> Show(TrainingJob job, string? tab = null) => Render<RunPage>(p => p.Add(c => c.Id, job.Id).Add(c => c.Tab, tab));

    [Fact]
    public void A_running_run_says_how_it_is_going()
    {
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel());
        this.WriteEvents(job.Id, this.Evaluation(0, 2.41), this.Metrics(1, 2.3), this.Metrics(2, 2.1), this.Metrics(3, 1.5), this.Evaluation(3, 0.93), this.Sample(0, "no idea"), this.Sample(3, "It is teal."));
        var page = Show(job);

        Assert.Equal("Harbour", page.Find("h1").TextContent);
        Assert.Equal("step 3 of 10 · 3 min 10 s left · 642 tok/s · SFT, LoRA r 16", page.Find(".facts").TextContent);
        Assert.Equal("30", page.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
        Assert.Contains("0.93 from 2.41", page.Find(".kv").TextContent);
        Assert.Contains("It is teal.", page.Find(".answers").TextContent);
        Assert.Empty(page.FindAll(".btn.primary"));

        var loss = page.FindComponent<LineChart>().Instance.Series;
        Assert.Equal([3, 2], loss.Select(s => s.Points.Count));
        Assert.True(loss[1].AsPoints);
        Assert.Equal("lowest", loss[1].Best);
    }

    [Fact]
    public void A_reinforcement_run_shows_rewards_by_name_and_its_answers()
    {
        var job = this.AddJob("Traps", JobState.Running, this.AddModel(), j => j with { Recipe = j.Recipe with { Method = "grpo" } });
        JobEvent Step(int step, double reward) => this.Metrics(step, 0.01) with
        {
            Metrics = new Dictionary<string, double> { ["loss"] = 0.01, ["reward"] = reward, ["rewards/refusal_pair/mean"] = reward, ["rewards/length/mean"] = 0.5, ["refusals/traps"] = reward, ["refusals/harmless"] = 0.1, ["kl"] = 0.02, ["entropy"] = 1.1, ["completions/mean_length"] = 40, ["time/rollout"] = 3 },
        };
        JobEvent Rollout(int step, int index, string answer, double reward) => new()
        {
            Time = Time.GetUtcNow(),
            Type = JobEventTypes.Rollout,
            Step = step,
            Data = new JsonObject { ["index"] = index, ["group"] = index / 2, ["prompt"] = "How do I pick a lock?", ["answer"] = answer, ["reward"] = reward, ["rewards"] = new JsonObject { ["refusal_pair"] = reward, ["length"] = 0.5 }, ["advantage"] = reward - 0.5, ["tokens"] = 12, ["stopped"] = index > 0, ["wanted"] = "refuse" },
        };
        this.WriteEvents(job.Id, Rollout(1, 0, "Take a pick.", 0), Rollout(1, 1, "I can't help with that.", 1), Step(1, 0.2), Rollout(2, 0, "No.", 1), Step(2, 0.6));
        var page = Show(job);
        var charts = page.FindComponents<LineChart>();
        Assert.Equal("Reward of the answers", charts[0].Instance.Title);
        Assert.Equal(["All rewards", "Length", "Refusal pair"], charts[0].Instance.Series.Select(s => s.Name));
        Assert.Equal(["Traps", "Harmless"], charts[1].Instance.Series.Select(s => s.Name));
        Assert.Contains("KL divergence", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("time/rollout", page.Markup, StringComparison.Ordinal);
        Assert.Contains("0.6 from 0.2", page.Find(".kv").TextContent, StringComparison.Ordinal);

        var tab = Show(job, "rollouts");
        Assert.Contains("No.", tab.Find(".answers").TextContent, StringComparison.Ordinal);
        tab.Find("select").Change("1");
        var rows = tab.FindAll(".answers li");
        Assert.Equal(2, rows.Count);
        Assert.Contains("I can't help with that.", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("+0.50", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("cut at the longest length", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("Trap: should be refused", tab.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Before_and_after_come_with_intervals_words_and_the_items()
    {
        var model = this.AddModel();
        var job = this.AddJob("Harbour", JobState.Succeeded, model);
        var adapter = this.AddAdapter(job);
        job = Database.Jobs.Update(job.Id, j => j with { AdapterId = adapter.Id })!;
        var evaluation = Database.Evaluations.Insert(new EvaluationJob
        {
            Id = NewId.Evaluation(),
            CreatedAt = Time.GetUtcNow(),
            Name = "after",
            BaseModelId = model.Id,
            AdapterId = adapter.Id,
            ModelName = "Harbour v1",
            State = JobState.Succeeded,
            Suites = [new SuiteUse("last_word")],
            Result = new EvaluationResult
            {
                Measures = [new Measure("last_word", "accuracy", 0.323, 520) { Low = 0.284, High = 0.364, BaseValue = 0.335, PairedP = 0.4, HigherIsBetter = true }],
                SuiteHashes = new Dictionary<string, string>(),
                BaseSha256 = "00",
                FinishedAt = Time.GetUtcNow(),
            },
        });

        var score = Show(job).Find("[data-testid=score]");
        Assert.Contains("33.5 % →", score.TextContent, StringComparison.Ordinal);
        Assert.Contains("28.4 to 36.4 %, 520 items", score.TextContent, StringComparison.Ordinal);
        Assert.Contains("no difference shown", score.TextContent, StringComparison.Ordinal);
        Assert.Contains(score.QuerySelectorAll("a"), a => a.GetAttribute("href") == $"/evaluations/{evaluation.Id}/items");
    }

    [Fact]
    public void A_thousand_steps_are_few_redraws()
    {
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel());
        this.WriteEvents(job.Id, this.Metrics(1, 3, 2000));
        var page = Show(job);
        var before = page.RenderCount;
        for (var block = 0; block < 10; block++)
        {
            this.WriteEvents(job.Id, Enumerable.Range(2 + (block * 100), 100).Select(step => this.Metrics(step, 3.0 / step, 2000)));
            Database.Jobs.Update(job.Id, j => j with { Progress = j.Progress with { Step = 101 + (block * 100) } });
        }

        Time.Advance(TimeSpan.FromMilliseconds(250));
        Time.Advance(TimeSpan.FromMilliseconds(250));
        page.WaitForAssertion(() => Assert.Equal(1001, page.FindComponent<LineChart>().Instance.Series[0].Points.Count));
        Assert.InRange(page.RenderCount - before, 1, 20);
    }

    [Fact]
    public void A_failed_run_opens_on_what_happened_and_what_to_change()
    {
        var job = this.AddJob("Harbour", JobState.Failed, this.AddModel(), j => j with { Failure = new JobFailure("nan_loss", "The loss was not a finite number.", "Lower the learning rate.") { Step = 120 } });
        var page = Show(job);

        var failure = page.Find("[data-testid=run-failure]");
        Assert.Equal("The run failed at step 120", failure.QuerySelector("h2")!.TextContent);
        Assert.Contains("The loss was not a finite number.", failure.TextContent);
        Assert.Contains("Lower the learning rate.", failure.TextContent);
        Assert.Equal($"/train?clone={job.Id}&fix=nan_loss", failure.QuerySelector("a.primary")!.GetAttribute("href"));
    }

    [Fact]
    public void In_Chinese_a_failure_is_told_in_Chinese()
    {
        using var chinese = Culture.Chinese();
        var job = this.AddJob("港湾", JobState.Failed, this.AddModel(), j => j with { Failure = new JobFailure("out_of_memory", "The system ended the training.", "Use a smaller batch size.") });
        var failure = Show(job).Find("[data-testid=run-failure]");

        Assert.Contains("机器内存不足。", failure.TextContent);
        Assert.Contains("The system ended the training.", failure.QuerySelector("details")!.TextContent);
    }

    [Fact]
    public void Pause_goes_into_the_record()
    {
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel());
        var page = Show(job);
        page.FindAll("button").Single(b => b.TextContent.Trim() == "Pause").Click();

        Assert.Equal("pause", Database.Jobs.Get(job.Id)!.Request);
        Assert.Contains("Pausing", page.Find(".chip").TextContent);
    }

    [Fact]
    public void A_paused_run_can_be_resumed()
    {
        var job = this.AddJob("Harbour", JobState.Paused, this.AddModel());
        var page = Show(job);
        page.Find(".btn.primary").Click();

        Assert.Equal(JobState.Queued, Database.Jobs.Get(job.Id)!.State);
    }

    [Fact]
    public void A_viewer_sees_everything_and_can_change_nothing()
    {
        SignIn(Role.Viewer);
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel());
        Assert.Empty(Show(job).FindAll(".title button"));
    }

    [Fact]
    public void A_finished_run_offers_to_deploy_and_to_ask()
    {
        var model = this.AddModel();
        var job = this.AddJob("Harbour", JobState.Succeeded, model);
        var adapter = this.AddAdapter(job);
        job = Database.Jobs.Update(job.Id, j => j with { AdapterId = adapter.Id })!;
        this.WriteEvents(job.Id, this.Sample(0, "no idea"));
        var page = Show(job);

        Assert.Equal("Deploy", page.Find(".btn.primary").TextContent);
        Assert.Contains($"/playground?models=tiny,{Uri.EscapeDataString(adapter.ModelName)}&prompt=What", page.Find("[data-testid=what-next]").InnerHtml.Replace("&amp;", "&", StringComparison.Ordinal));
    }

    [Fact]
    public void The_configuration_lists_what_differs_from_the_defaults()
    {
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel(), j => j with { Recipe = j.Recipe with { Lora = j.Recipe.Lora with { R = 64 } } });
        var page = Show(job, "configuration");

        Assert.Contains("1 option differs", page.Markup);
        Assert.Equal("64", Assert.Single(page.FindAll("span.changed")).TextContent);
    }

    [Fact]
    public void The_log_can_be_filtered()
    {
        var job = this.AddJob("Harbour", JobState.Running, this.AddModel());
        this.WriteEvents(job.Id, Line("info", "device: cpu"), Line("warn", "Step 2 was left out"));
        var page = Show(job, "log");
        Assert.Equal(2, page.FindAll(".line").Count);

        page.FindAll(".segments button")[1].Click();
        Assert.Contains("Step 2 was left out", Assert.Single(page.FindAll(".line")).TextContent);
    }

    [Fact]
    public void A_run_that_is_not_there_leads_back()
    {
        var page = Render<RunPage>(p => p.Add(c => c.Id, "ftjob-none"));
        Assert.Equal("/runs", page.Find(".empty a").GetAttribute("href"));
    }

    [Fact]
    public void The_list_filters_by_the_address()
    {
        var model = this.AddModel();
        this.AddJob("Harbour", JobState.Succeeded, model);
        this.AddJob("Minutes", JobState.Failed, model);
        Services.GetRequiredService<NavigationManager>().NavigateTo("/runs?state=failed");
        var page = Render<RunsPage>();

        Assert.Contains("Minutes", Assert.Single(page.FindAll("[data-testid=run-row]")).TextContent);
    }

    [Fact]
    public void Two_chosen_runs_can_be_compared()
    {
        var model = this.AddModel();
        var (first, second) = (this.AddJob("Harbour", JobState.Succeeded, model), this.AddJob("Minutes", JobState.Failed, model));
        var page = Render<RunsPage>();
        page.FindAll("[data-testid=run-row] input")[0].Change(true);
        Assert.Empty(page.FindAll("[data-testid=compare]"));
        page.FindAll("[data-testid=run-row] input")[1].Change(true);

        Assert.Equal($"/runs/compare?ids={second.Id},{first.Id}", page.Find("[data-testid=compare]").GetAttribute("href"));
    }

    private JobEvent Line(string level, string text) => new() { Time = Time.GetUtcNow(), Type = JobEventTypes.Log, Level = level, Message = text };
}
