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
        Assert.Contains("Choose a goal.", page.Markup);
        page.Find("[data-testid=goal-facts]").Click();
        page.Find("[data-testid=next]").Click();
        page.WaitForAssertion(() => Assert.Contains("Choose at least one dataset.", page.Markup));
        Assert.True(page.Find("[data-testid=next]").HasAttribute("disabled"));
        Assert.Equal("true", page.Find("[data-testid=rail-recipe]").GetAttribute("aria-disabled"));
    }

    [Fact]
    public async Task Choosing_data_saves_a_draft_that_the_address_names()
    {
        this.AddModel();
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Open("/train?goal=facts&step=data");
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
        var page = Open("/train?goal=facts&step=data");
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
        Assert.Equal("8", page.Find("#optimization-num_train_epochs").GetAttribute("value"));
        Navigation.NavigateTo($"/train?draft={Query("draft")}&step=goal");
        page.WaitForAssertion(() => Assert.Equal("true", page.Find("[data-testid=goal-facts]").GetAttribute("aria-checked")));
        page.Find("[data-testid=goal-format]").Click();
        Navigation.NavigateTo($"/train?draft={Query("draft")}&step=recipe");
        page.WaitForAssertion(() => Assert.Equal("3", page.Find("#optimization-num_train_epochs").GetAttribute("value")));
        Assert.Equal("8", page.Find("#lora-r").GetAttribute("value"));
    }

    [Fact]
    public async Task Goals_whose_method_is_not_built_are_not_offered_and_those_for_other_data_are_shut()
    {
        var page = await AtAsync("goal");

        foreach (var goal in Goals.All)
        {
            Assert.Equal(Goals.Offered.Contains(goal), page.FindAll($"[data-testid=goal-{goal.Name}]").Count == 1);
        }

        Assert.True(page.Find("[data-testid=goal-pretrain]").HasAttribute("disabled"));
        Assert.Contains("needs Plain text", page.Find("[data-testid=goal-pretrain]").TextContent);
        Assert.False(page.Find("[data-testid=goal-refuse]").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Preference_data_offers_the_methods_that_can_use_it()
    {
        this.AddModel();
        var version = await ImportAsync("pairs.jsonl", "{\"prompt\":\"Late?\",\"chosen\":\"Ten.\",\"rejected\":\"Maybe.\"}\n{\"prompt\":\"Open?\",\"chosen\":\"Yes.\",\"rejected\":\"Hm.\"}\n");
        var page = Open($"/train?data={version.Id}&goal=prefer&step=recipe");

        Assert.Equal("true", page.Find("[data-testid=method-dpo]").GetAttribute("aria-checked"));
        page.Find("[data-testid=method-orpo]").Click();
        Assert.Equal("orpo", Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Recipe!.Method);
    }

    [Fact]
    public void A_goal_that_prepares_asks_for_the_model_first_and_queues_the_preparation()
    {
        this.AddModel();
        var page = Open();
        page.Find("[data-testid=goal-refuse]").Click();
        page.Find("[data-testid=next]").Click();
        page.WaitForAssertion(() => Assert.Equal("step", page.Find("[data-testid=rail-model]").GetAttribute("aria-current")));
        page.Find("[data-testid=next]").Click();
        page.WaitForAssertion(() => Assert.NotNull(page.Find("[data-testid=prepare-form]")));

        Assert.True(page.Find("[data-testid=next]").HasAttribute("disabled"));
        page.Find("[data-testid=category-fraud]").Click();
        page.Find("[data-testid=prepare-advanced]").Click();
        page.Find("#preparation-pair_limit").Change("4");
        page.Find("[data-testid=prepare]").Click();

        var job = Assert.Single(Database.Preparations.List());
        Assert.Equal(("refusal", 4, "fraud", JobState.Queued), (job.Kind, job.Options["pair_limit"]!.GetValue<int>(), job.Options["categories"]![0]!.GetValue<string>(), job.State));
        Assert.Equal(job.Id, Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Preparation!.JobId);
        page.WaitForAssertion(() => Assert.Contains("waits for its turn", page.Find("[data-testid=preparing]").TextContent));
        Assert.Contains("being prepared", page.Markup);
    }

    [Fact]
    public async Task Prepared_rows_become_the_data_of_each_method()
    {
        var model = this.AddModel();
        var job = this.AddPreparation(model);
        var page = Open($"/train?preparation={job.Id}&step=data");
        Assert.Contains("The rows are ready", page.Markup);
        page.Find("[data-testid=next]").Click();

        page.WaitForAssertion(() => Assert.Equal("true", page.Find("[data-testid=method-orpo]").GetAttribute("aria-checked")), TimeSpan.FromSeconds(10));
        var pairs = Services.GetRequiredService<Drafts>().Get(Query("draft")!)!;
        Assert.Equal((ExampleKind.Preference, job.Id), (Database.DatasetVersions.Get(pairs.Data[0].DatasetVersionId)!.Kind!.Value, Database.DatasetVersions.Get(pairs.Data[0].DatasetVersionId)!.Origin!.PreparationId));
        Assert.NotNull(pairs.ValidationVersionId);
        Assert.True(pairs.Recipe!.Evaluation.ScoreAfterTraining);
        Assert.Equal("orpo", pairs.Recipe.Method);

        // The rows were just made, so the page may be redrawn at this moment.
        await page.InvokeAsync(() => page.Find("[data-testid=method-sft]").Click());
        page.WaitForAssertion(() => Assert.Equal("true", page.Find("[data-testid=method-sft]").GetAttribute("aria-checked")), TimeSpan.FromSeconds(10));
        var chat = Services.GetRequiredService<Drafts>().Get(Query("draft")!)!;
        Assert.Equal((ExampleKind.Chat, "refuse"), (Database.DatasetVersions.Get(chat.Data[0].DatasetVersionId)!.Kind!.Value, chat.Recipe!.Goal));
    }

    [Fact]
    public void Own_data_can_be_brought_for_a_goal_that_prepares()
    {
        this.AddModel();
        var page = Open("/train?goal=refuse&step=data");
        page.Find("[data-testid=own-data]").Click();
        page.WaitForAssertion(() => Assert.Contains("What should it learn from?", page.Markup));
        page.Find("[data-testid=build-rows]").Click();
        page.WaitForAssertion(() => Assert.NotNull(page.Find("[data-testid=prepare-form]")));
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
    public async Task Another_method_brings_batches_that_fit_it_and_the_first_one_its_own_again()
    {
        var page = await AtAsync("recipe");
        page.Find("[data-testid=advanced]").Click();
        page.Find("[data-testid=method]").Change("grpo");
        page.WaitForAssertion(() => Assert.NotNull(page.Find("#method_options-num_generations")));
        var tried = Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Recipe!;
        Assert.Equal(("grpo", 0), (tried.Method, tried.Optimization.PerDeviceTrainBatchSize * tried.Optimization.GradientAccumulationSteps % 4));

        page.Find("[data-testid=method]").Change("sft");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("#method_options-num_generations")));
        Assert.Equal(8e-4, Services.GetRequiredService<Drafts>().Get(Query("draft")!)!.Recipe!.Optimization.LearningRate);
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
