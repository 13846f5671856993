using System.IO.Compression;
using Microsoft.Playwright;
using Studio.Testing;
using static Microsoft.Playwright.Assertions;

namespace Studio.EndToEnd.Tests;

/// <summary>What a new user does: a file of their own becomes an adapter that they chat with, deploy and download. On the real bundled model.</summary>
[Trait("Speed", "Slow")]
public sealed class WholePathTests
{
    private const float TrainingTime = 15 * 60_000;

    [SkippableFact]
    public async Task From_a_file_to_a_deployed_adapter_in_the_browser()
    {
        await using var browser = await Browser.LaunchAsync();
        await using var host = await StudioHost.StartAsync("--local-trial");
        var (page, errors) = await browser.OpenAsync(host.Address);

        // Bring data: a small file, written here so that the run is short.
        var file = Path.Combine(host.DataFolder, "boats.jsonl");
        await File.WriteAllLinesAsync(file, File.ReadLines(RepositoryRoot.Under("samples", "datasets", "company-facts.en.jsonl")).Take(24));
        await Browser.GoAsync(page, "/train");
        await page.GetByTestId("goal-facts").ClickAsync();
        await page.GetByTestId("next").ClickAsync();
        await page.Locator("[data-testid=file-drop][data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await page.Locator("input[type=file]").First.SetInputFilesAsync(file);
        await Expect(page.Locator("[data-testid^=pick-]").First).ToBeCheckedAsync(new() { Timeout = 60_000 });
        await page.GetByTestId("next").ClickAsync();

        // Base model, recipe, check.
        await Expect(page.GetByTestId("rail-model")).ToHaveAttributeAsync("aria-current", "step");
        await page.GetByTestId("next").ClickAsync();
        await Expect(page.GetByTestId("rail-recipe")).ToHaveAttributeAsync("aria-current", "step");
        await page.GetByTestId("next").ClickAsync();
        await Expect(page.GetByTestId("rail-check")).ToHaveAttributeAsync("aria-current", "step");
        await page.GetByTestId("next").ClickAsync(new() { Timeout = 300_000 });
        await Expect(page.GetByTestId("review")).ToContainTextAsync("smollm2-135m-instruct");
        await page.GetByTestId("start").ClickAsync();

        // The run page shows it live.
        await page.WaitForURLAsync("**/runs/ftjob-*");
        await Expect(page.Locator(".chip, .state").Filter(new() { HasText = "Training" }).First).ToBeVisibleAsync(new() { Timeout = 180_000 });
        await Expect(page.Locator("canvas, svg").First).ToBeVisibleAsync();
        var deploy = page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true });
        await Expect(deploy).ToBeVisibleAsync(new() { Timeout = TrainingTime });

        // Every page of what was made, in the form that the tests of the empty pages cannot reach.
        var run = new Uri(page.Url).AbsolutePath;
        await Browser.GoAsync(page, "/adapters");
        var made = (await page.Locator("a[href^='/adapters/adp-']").First.GetAttributeAsync("href"))!;
        List<string> faults = [];
        foreach (var path in new[] { run, $"{run}/checkpoints", $"{run}/configuration", made, $"{made}/scorecard", $"{made}/gate", $"{made}/passport", $"{made}/lineage", $"/evaluations/new?adapter={made[(made.LastIndexOf('/') + 1)..]}" })
        {
            await Browser.GoAsync(page, path);
            await Expect(page.Locator("h1").First).ToBeVisibleAsync();
            faults.AddRange(await Browser.FaultsAsync(page, path));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        await Browser.GoAsync(page, run);

        // Deploy with proof.
        await deploy.ClickAsync();
        await page.GetByTestId("alias").FillAsync("boats");
        await page.GetByTestId("deploy").ClickAsync();
        await Expect(page.GetByText("“boats” answers.")).ToBeVisibleAsync(new() { Timeout = 180_000 });
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the endpoint" }).ClickAsync();
        await Expect(page.GetByText("boats").First).ToBeVisibleAsync();

        // Chat with base and adapter side by side.
        await Browser.GoAsync(page, "/playground?models=smollm2-135m-instruct,boats");
        await Expect(page.GetByTestId("column")).ToHaveCountAsync(2);
        await page.GetByTestId("prompt").FillAsync("Who are you?");
        await page.GetByTestId("send").ClickAsync();
        await Expect(page.GetByTestId("answer")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("send")).ToBeVisibleAsync(new() { Timeout = 180_000 });
        foreach (var answer in await page.GetByTestId("answer").AllInnerTextsAsync())
        {
            Assert.True(answer.Trim().Length > 1, "an answer is empty");
        }

        // Download.
        await Browser.GoAsync(page, "/adapters");
        await page.Locator("a[href^='/adapters/adp-']").First.ClickAsync();
        await page.GetByText("Download", new() { Exact = true }).First.ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByText("PEFT folder (zip)").First.ClickAsync());
        using var zip = ZipFile.OpenRead(await download.PathAsync());
        Assert.Contains(zip.Entries, e => e.Name == "adapter_config.json");
        Assert.Contains(zip.Entries, e => e.Name == "adapter_model.safetensors" && e.Length > 1_000_000);
        Assert.Empty(errors);
    }
}
