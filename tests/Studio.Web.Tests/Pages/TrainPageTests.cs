using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Web.Pages.Train;

namespace Studio.Web.Tests.Pages;

public sealed class TrainPageTests : PageContext
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

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    private string? Query(string name) => System.Web.HttpUtility.ParseQueryString(new Uri(Navigation.Uri).Query)[name];

    private IRenderedComponent<TrainPage> Open(string address = "/train")
    {
        Navigation.NavigateTo(address);
        return Render<TrainPage>();
    }

    /// <summary>A wizard whose data is chosen and that stands at a step.</summary>
    private async Task<IRenderedComponent<TrainPage>> AtAsync(string step)
    {
        this.AddModel();
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Open($"/train?data={version.Id}&step={step}");
        return page;
    }

    [Fact]
    public void Without_data_there_is_no_way_on()
    {
        this.AddModel();
        var page = Open();

        Assert.Equal("New run", page.Find("h1").TextContent);
        Assert.True(page.Find("[data-testid=next]").HasAttribute("disabled"));
        Assert.Contains("Choose at least one dataset.", page.Markup);
        Assert.Equal("true", page.Find("[data-testid=rail-recipe]").GetAttribute("aria-disabled"));
    }

    [Fact]
    public async Task Choosing_data_saves_a_draft_that_the_address_names()
    {
        this.AddModel();
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Open();
        page.Find($"[data-testid=pick-{version.DatasetId}]").Change(true);

        var draft = Services.GetRequiredService<Drafts>().Get(Query("draft")!);
        Assert.Equal(version.Id, Assert.Single(draft!.Data).DatasetVersionId);
        Assert.Contains("Draft saved", page.Markup);
        Assert.Contains("support v1", page.Find("[data-testid=summary]").TextContent);
        Assert.False(page.Find("[data-testid=next]").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Back_forward_and_reload_lose_nothing()
    {
        var page = await AtAsync("recipe");
        page.Find("#lora-r").Change("64");
        var draft = Query("draft");
        page.Find("[data-testid=rail-data]");
        Navigation.NavigateTo($"/train?draft={draft}&step=data");
        page.WaitForAssertion(() => Assert.Contains("What should it learn from?", page.Markup));
        Navigation.NavigateTo($"/train?draft={draft}&step=recipe");
        page.WaitForAssertion(() => Assert.Equal("64", page.Find("#lora-r").GetAttribute("value")));

        var reloaded = Open($"/train?draft={draft}&step=recipe");
        Assert.Equal("64", reloaded.Find("#lora-r").GetAttribute("value"));
        Assert.Contains("LoRA r 64", reloaded.Find("[data-testid=summary]").TextContent);
    }

    [Fact]
    public async Task Several_datasets_get_weights()
    {
        this.AddModel();
        var (first, second) = (await ImportAsync("one.jsonl", Rows), await ImportAsync("two.jsonl", Rows.Replace("teal", "blue", StringComparison.Ordinal)));
        var page = Open();
        page.Find($"[data-testid=pick-{first.DatasetId}]").Change(true);
        Assert.Empty(page.FindAll("[data-testid=weight]"));
        page.Find($"[data-testid=pick-{second.DatasetId}]").Change(true);
        page.FindAll("[data-testid=weight]")[0].Change("2.5");

        var data = Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Data;
        Assert.Equal([1, 2.5], data.Select(d => d.Weight).Order());

        page.FindAll("[data-testid=weight]")[0].Change("-1");
        Assert.Equal([1, 2.5], Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Data.Select(d => d.Weight).Order());
    }

    [Fact]
    public async Task A_goal_fills_in_method_and_defaults()
    {
        var page = await AtAsync("recipe");

        Assert.Equal("true", page.Find("[data-testid=goal-facts]").GetAttribute("aria-checked"));
        Assert.Equal("8", page.Find("#optimization-num_train_epochs").GetAttribute("value"));
        page.Find("[data-testid=goal-format]").Click();
        Assert.Equal("3", page.Find("#optimization-num_train_epochs").GetAttribute("value"));
        Assert.Equal("8", page.Find("#lora-r").GetAttribute("value"));
    }

    [Fact]
    public async Task Goals_whose_method_is_not_built_are_not_offered_and_those_for_other_data_are_shut()
    {
        var page = await AtAsync("recipe");

        foreach (var goal in Goals.All)
        {
            Assert.Equal(goal.Available.Count > 0, page.FindAll($"[data-testid=goal-{goal.Name}]").Count == 1);
        }

        Assert.True(page.Find("[data-testid=goal-pretrain]").HasAttribute("disabled"));
        Assert.Contains("needs Plain text", page.Find("[data-testid=goal-pretrain]").TextContent);
    }

    [Fact]
    public async Task Basic_shows_five_controls_and_Advanced_all()
    {
        var page = await AtAsync("recipe");
        Assert.Equal(5, page.FindAll("[data-testid=basic] .field").Count);

        page.Find("[data-testid=advanced]").Click();
        Assert.NotNull(page.Find("#optimization-weight_decay"));
        Assert.NotNull(page.Find("#model-base_type"));
        Assert.NotNull(page.Find("#method_options-loss_type"));
    }

    [Fact]
    public async Task A_changed_value_is_marked_and_can_be_reset()
    {
        var page = await AtAsync("recipe");
        page.Find("#optimization-learning_rate").Change("1e-4");
        page.Find(".reset").Click();

        Assert.Equal("8e-4", page.Find("#optimization-learning_rate").GetAttribute("value"));
        Assert.Empty(page.FindAll(".reset"));
    }

    [Fact]
    public async Task A_value_out_of_range_keeps_one_here()
    {
        var page = await AtAsync("recipe");
        page.Find("#lora-r").Change("0");

        Assert.True(page.Find("[data-testid=next]").HasAttribute("disabled"));
        Assert.NotEmpty(page.FindAll(".fault"));
    }

    [Fact]
    public async Task Review_shows_everything_and_starts_the_run()
    {
        var page = await AtAsync("recipe");
        page.Find("#lora-r").Change("32");
        Navigation.NavigateTo($"/train?draft={Query("draft")}&step=review");
        page.WaitForAssertion(() => Assert.NotNull(page.Find("[data-testid=review]")));

        var review = page.Find("[data-testid=review]").TextContent;
        Assert.Contains("support v1", review);
        Assert.Contains("Teach facts and style", review);
        Assert.Contains("/api/jobs", page.Find("pre").TextContent);
        page.Find("[data-testid=copy-recipe]").Click();
        Assert.Equal(32, Studio.Data.StudioJson.Deserialize<Recipe>(page.Find("pre").TextContent).Lora.R);

        var draft = Query("draft")!;
        page.Find("#run-name").Change("Harbour support");
        page.Find("[data-testid=start]").Click();

        var job = Assert.Single(Database.Jobs.List());
        Assert.Equal(("Harbour support", 32, JobState.Queued), (job.Name, job.Recipe.Lora.R, job.State));
        Assert.EndsWith($"/runs/{job.Id}", Navigation.Uri, StringComparison.Ordinal);
        Assert.Null(Services.GetRequiredService<Drafts>().Get(draft));
    }

    [Fact]
    public async Task A_failed_run_comes_back_with_its_fix()
    {
        var model = this.AddModel();
        var version = await ImportAsync("support.jsonl", Rows);
        var job = this.AddJob("Harbour", JobState.Failed, model, j => j with { Data = [new DatasetUse(version.Id)], Recipe = j.Recipe with { Optimization = j.Recipe.Optimization with { LearningRate = 0.03 } } });
        var page = Open($"/train?clone={job.Id}&fix=nan_loss&step=recipe");

        Assert.Contains("the learning rate is a third", page.Find("[data-testid=fix-notice]").TextContent);
        Assert.Equal("0.01", page.Find("#optimization-learning_rate").GetAttribute("value"));
        Assert.NotEmpty(page.FindAll(".reset"));
    }

    [Fact]
    public void A_draft_that_is_gone_says_so()
    {
        var page = Open("/train?draft=draft-gone");
        Assert.Contains("no longer there", page.Markup);
    }

    [Fact]
    public void Defaults_follow_the_size_of_the_data()
    {
        var goal = Goals.Find("facts")!;
        Recipe Of(long rows, int longest) => goal.Recipe(new DataSize([ExampleKind.Chat], rows, longest));

        Assert.True(Of(100, 60).Optimization.NumTrainEpochs > Of(50_000, 60).Optimization.NumTrainEpochs);
        Assert.Equal(1, Of(100, 60).Optimization.PerDeviceTrainBatchSize);
        Assert.Equal(1024, Of(100, 700).Data.MaxLength);
        Assert.Empty(Of(100, 60).Validate());
        Assert.All(Goals.Offered, g => Assert.Empty(g.Recipe(new DataSize([g.Methods.Keys.First()], 100, 60)).Validate()));
    }
}
