using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Pages.Runs;
using Studio.Web.Pages.Train;

namespace Studio.Web.Tests.Pages;

/// <summary>Stages in the wizard, on the review step and on the pages of their runs.</summary>
public sealed class StagesFormTests : PageContext
{
    private const string Rows =
        """
        {"messages":[{"role":"user","content":"What colour is the card?"},{"role":"assistant","content":"It is teal."}]}
        {"messages":[{"role":"user","content":"Who founded the bank?"},{"role":"assistant","content":"Ilse did."}]}

        """;

    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    private TrainDraft Draft => Services.GetRequiredService<Drafts>().List().Single();

    private IEnumerable<string> Methods => Draft.Recipe!.Stages.Select(s => s.Method);

    private IRenderedComponent<TrainPage> Open(string address)
    {
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo(address);
        return Render<TrainPage>();
    }

    private async Task<IRenderedComponent<TrainPage>> AdvancedAsync()
    {
        this.AddModel();
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Open($"/train?data={version.Id}&step=recipe");
        page.Find("[data-testid=advanced]").Click();
        return page;
    }

    private static void Add(IRenderedComponent<TrainPage> page, string method)
    {
        page.Find("[data-testid=stage-add-method]").Change(method);
        page.Find("[data-testid=stage-add]").Click();
    }

    [Fact]
    public async Task Stages_are_added_ordered_and_removed()
    {
        var page = await AdvancedAsync();
        Add(page, "grpo");
        Add(page, "sft");
        Assert.Equal(["grpo", "sft"], Methods);
        Assert.Contains("SFT → GRPO → SFT", page.Find("[data-testid=summary]").TextContent, StringComparison.Ordinal);

        page.Find("[data-testid=stage-up-3]").Click();
        Assert.Equal(["sft", "grpo"], Methods);
        Assert.True(page.Find("[data-testid=stage-down-3]").HasAttribute("disabled"));
        page.Find("[data-testid=stage-remove-2]").Click();
        Assert.Equal(["grpo"], Methods);
    }

    [Fact]
    public async Task A_stage_has_the_options_of_its_method_and_keeps_what_is_set()
    {
        var page = await AdvancedAsync();
        Add(page, "grpo");
        page.Find("#stage-2-method_options-max_completion_length").Change("24");
        page.Find("#stage-2-optimization-max_steps").Change("4");
        Assert.Equal((24, 4), (Draft.Recipe!.Stages[0].MethodOptions["max_completion_length"]!.GetValue<int>(), Draft.Recipe.Stages[0].Optimization.MaxSteps));
        Assert.Null(Draft.Recipe.Optimization.MaxSteps);

        // The shape of the adapter comes from the stage before.
        Assert.Empty(page.FindAll("#stage-2-lora-r"));

        page.Find("#stage-2-method_options-max_completion_length").Change("0");
        Assert.True(page.Find("[data-testid=next]").HasAttribute("disabled"));
        page.Find("#stage-2-method_options-max_completion_length").Change("24");
        Assert.False(page.Find("[data-testid=next]").HasAttribute("disabled"));

        page.Find("#stage-2-method").Change("rloo");
        Assert.Equal(["rloo"], Methods);
        Assert.Empty(Draft.Recipe!.Stages[0].MethodOptions);
    }

    [Fact]
    public async Task Only_methods_that_can_use_the_data_are_offered()
    {
        var page = await AdvancedAsync();
        var plain = page.FindAll("[data-testid=stage-add-method] option").Select(o => o.GetAttribute("value")).ToList();
        Assert.Contains("grpo", plain);
        Assert.DoesNotContain("dpo", plain);

        // A judge writes nothing that a stage could go on with.
        Assert.DoesNotContain("reward", plain);
    }

    [Fact]
    public async Task Prepared_rows_serve_preference_stages_too()
    {
        var job = this.AddPreparation(this.AddModel());
        var page = Open($"/train?preparation={job.Id}&step=data");
        page.Find("[data-testid=next]").Click();
        await UntilAsync(() => Services.GetRequiredService<Drafts>().List().Any(d => d.Recipe is not null));
        page.WaitForElement("[data-testid=advanced]").Click();
        Add(page, "dpo");
        Assert.Equal(["dpo"], Methods);
    }

    [Fact]
    public void Rows_that_reviewers_rejected_can_become_nothing()
    {
        var job = this.AddPreparation(this.AddModel());
        var reviews = Services.GetRequiredService<PreparedReviews>();
        Assert.True(reviews.CanMake(job.Id, ExampleKind.Preference));
        reviews.ChangeAll(job.Id, new PreparedFilter { Group = PreparedGroups.Trap }, ReviewState.Rejected, "tester");
        Assert.False(reviews.CanMake(job.Id, ExampleKind.Preference));
        Assert.True(reviews.CanMake(job.Id, ExampleKind.Chat));
    }

    [Fact]
    public async Task Without_an_adapter_there_is_nothing_to_go_on_from()
    {
        var page = await AdvancedAsync();
        Add(page, "grpo");
        page.Find("#lora-enabled").Change(false);
        Assert.Empty(page.FindAll("[data-testid=stage-add]"));
        Assert.Contains("full fine-tuning makes none", page.Find("[data-testid=stage-2]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Review_names_every_stage_and_the_run_gets_them()
    {
        var page = await AdvancedAsync();
        Add(page, "grpo");
        page.Find("#stage-2-optimization-max_steps").Change("4");
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo($"/train?draft={Draft.Id}&step=review");
        page.WaitForAssertion(() => Assert.Contains("from the adapter of stage 1", page.Find("[data-testid=review]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Stage 2", page.Find("[data-testid=review-stage-2]").TextContent, StringComparison.Ordinal);
        page.Find("[data-testid=start]").Click();
        Assert.Equal(4, Assert.Single(Database.Jobs.List()).Recipe.Stages.Single().Optimization.MaxSteps);
    }

    [Fact]
    public async Task The_form_speaks_Chinese()
    {
        using var chinese = Culture.Chinese();
        var page = await AdvancedAsync();
        Assert.Contains("训练阶段", page.Find("[data-testid=stages]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Stages", page.Find("[data-testid=stages]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_shows_which_of_its_stages_it_is()
    {
        var model = this.AddModel();
        var first = this.AddJob("Chain", JobState.Succeeded, model, j => j with { Recipe = j.Recipe with { Stages = [new Recipe { Method = "dpo" }, new Recipe { Method = "grpo" }] } });
        var second = this.AddJob("Chain", JobState.Running, model, j => j with { FollowsJobId = first.Id, Recipe = new Recipe { Method = "dpo", Stages = [new Recipe { Method = "grpo" }] } });
        var bar = Render<RunPage>(p => p.Add(c => c.Id, second.Id)).Find("[data-testid=run-stages]");

        Assert.Equal(["1", "2", "3"], bar.QuerySelectorAll(".number").Select(n => n.TextContent));
        Assert.Contains("DPO", bar.QuerySelector("[aria-current=step]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/runs/{first.Id}", bar.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("after the one before", bar.QuerySelectorAll("li")[2].TextContent, StringComparison.Ordinal);
    }
}
