using Bunit;
using Studio.Data.Datasets;
using Studio.Web.Pages.Data;

namespace Studio.Web.Tests.Pages;

public sealed class DatasetPageTests : PageContext
{
    private const string Rows =
        """
        {"messages":[{"role":"user","content":"What colour is the card?"},{"role":"assistant","content":"It is teal."}]}
        {"messages":[{"role":"user","content":"我的卡丢了怎么办？"},{"role":"assistant","content":"请立即挂失。"}]}
        {"messages":[{"role":"user","content":"Who founded the bank?"},{"role":"assistant","content":""}]}

        """;

    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public async Task The_overview_counts_what_was_read()
    {
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId));

        Assert.Equal("support", page.Find("h1").TextContent);
        Assert.Contains("2 conversations", page.Find(".facts").TextContent);
        Assert.Contains("of 3 read", page.Markup);
        Assert.Contains("English", page.Markup);
        Assert.NotEmpty(page.FindAll(".histogram"));
        Assert.Equal($"/train?data={version.Id}", page.Find(".btn.primary").GetAttribute("href"));
    }

    [Fact]
    public async Task Problems_name_line_and_remedy()
    {
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId).Add(c => c.Tab, "problems"));

        Assert.Contains("The assistant's answer is empty.", page.Markup);
        Assert.Contains("support.jsonl, line 3", page.Markup);
        Assert.Contains("Write the answer, or remove the row.", page.Markup);
    }

    [Fact]
    public async Task Rows_that_break_a_rule_are_excluded_into_a_new_version()
    {
        var version = await ImportAsync("support.jsonl", Rows + Rows.Split('\n')[0] + "\n");
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId).Add(c => c.Tab, "problems"));
        Assert.Contains("already left out", page.Markup);
        Assert.Equal($"/api/datasets/versions/{version.Id}/problems/export", page.Find("a[download]").GetAttribute("href"));
        page.Find("[data-testid=exclude-duplicate]").Click();

        await UntilAsync(() => Library.Versions(version.DatasetId).Any(v => v is { Number: 2, State: DatasetState.Ready }));
        var clean = Library.Versions(version.DatasetId).Single(v => v.Number == 2);
        Assert.Equal((DatasetState.Ready, 2L, version.Id), (clean.State, clean.ValidRows, clean.Origin!.VersionId));
        var overview = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId));
        Assert.Contains("without 1 row", overview.Markup);
    }

    [Fact]
    public async Task Rows_show_the_conversation_and_can_be_searched()
    {
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId).Add(c => c.Tab, "rows"));

        Assert.Equal(2, page.FindAll(".entry").Count);
        Assert.Equal("It is teal.", page.Find(".said.learned").TextContent);

        page.Find("input[type=search]").Change("挂失");
        Assert.Single(page.FindAll(".entry"));
        Assert.Equal("请立即挂失。", page.Find(".said.learned").TextContent);
    }

    [Fact]
    public async Task The_model_view_asks_for_a_model_where_there_is_none()
    {
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId).Add(c => c.Tab, "rows"));
        page.FindAll(".segments button")[1].Click();
        Assert.Contains("No base model is ready", page.Markup);
    }

    [Fact]
    public async Task An_unsure_format_asks_and_the_dialog_maps_the_columns()
    {
        var version = await ImportAsync("tickets.csv", "q,a\nWhat?,This.\nWho?,Me.\n");
        Assert.Equal(DatasetState.NeedsChoice, version.State);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId));

        Assert.Contains("The format is not certain", page.Markup);
        ImportChoice? chosen = null;
        var dialog = Render<FormatDialog>(p => p.Add(c => c.Open, true).Add(c => c.Version, version).Add(c => c.OnChosen, c => chosen = c));
        Assert.Equal("prompt_completion", dialog.Find("#format").GetAttribute("value"));
        dialog.Find("button.primary").Click();
        Assert.NotNull(chosen);
        Assert.Equal("prompt_completion", chosen.Format);
        Assert.Equal(["q", "a"], chosen.Columns!.Values);
    }

    [Fact]
    public void An_unknown_dataset_says_so_and_leads_back()
    {
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, "ds-none"));
        Assert.Contains("This dataset is not here", page.Markup);
        Assert.Equal("/data", page.Find(".empty a.btn").GetAttribute("href"));
    }

    [Fact]
    public async Task Viewers_may_look_and_not_change()
    {
        SignIn(Studio.Data.Access.Role.Viewer);
        var version = await ImportAsync("support.jsonl", Rows);
        var page = Render<DatasetPage>(p => p.Add(c => c.Id, version.DatasetId));
        Assert.Empty(page.FindAll(".title .btn"));
    }

    [Fact]
    public async Task Versions_say_what_is_different()
    {
        var first = await ImportAsync("support.jsonl", Rows);
        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Rows + "{\"messages\":[{\"role\":\"user\",\"content\":\"More?\"},{\"role\":\"assistant\",\"content\":\"Yes.\"}]}\n"));
        var file = await Library.UploadAsync(body, "support2.jsonl", "fine-tune", null, null, CancellationToken.None);
        await Library.ImportAsync(file.Id, first.DatasetId, null, null, null, CancellationToken.None);

        var page = Render<DatasetPage>(p => p.Add(c => c.Id, first.DatasetId).Add(c => c.Tab, "versions"));
        Assert.Contains("1 rows more than version 1", page.Markup);
        Assert.Contains("first version", page.Markup);
    }

    [Fact]
    public void Preview_tints_trained_tokens_and_frames_special_ones()
    {
        var preview = new Studio.Data.Jobs.RowPreview
        {
            Tokens = [new(1, "<|im_start|>", false, true), new(2, "user\nHi", false, false), new(3, "It ", true, false), new(4, "is teal.", true, false), new(5, "<|im_end|>", true, true)],
            Trained = 3,
            Cut = 7,
        };
        var text = Render<TokenText>(p => p.Add(c => c.Preview, preview));

        Assert.Equal(["<|im_start|>", "<|im_end|>"], text.FindAll(".special").Select(s => s.TextContent));
        Assert.Equal("It is teal.", text.FindAll(".tokens .trained")[0].TextContent);
        Assert.Contains("these 3 tokens", text.Markup);
        Assert.Contains("7 tokens beyond the longest length are cut", text.Markup);
    }
}
