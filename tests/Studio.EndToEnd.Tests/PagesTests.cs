using Microsoft.Playwright;
using Studio.Testing;
using static Microsoft.Playwright.Assertions;

namespace Studio.EndToEnd.Tests;

/// <summary>Every page in every form: wide and narrow, light and dark, English and Chinese. No accessibility violation, nothing wider than the screen, no error in the console.</summary>
[Trait("Speed", "Slow")]
public sealed class PagesTests
{
    private static readonly string[] Paths =
    [
        "/", "/data", "/train", "/train?goal=know&step=model", "/runs", "/models", "/adapters", "/playground", "/endpoints", "/review", "/settings",
        "/evaluations", "/evaluations/new", "/evaluations/capability", "/gate", "/gate/overrides", "/gate/history", "/gate/verify",
    ];

    [SkippableFact]
    public async Task Pages_are_accessible_and_fit_their_screen()
    {
        await using var browser = await Browser.LaunchAsync();
        await using var host = await StudioHost.StartAsync("--local-trial");
        await host.UploadDatasetAsync(RepositoryRoot.Under("samples", "datasets", "company-facts.en.jsonl"), "facts");
        List<string> found = [];
        foreach (var (width, height, scheme) in new[] { (1440, 900, ColorScheme.Light), (390, 844, ColorScheme.Dark) })
        {
            var (page, errors) = await browser.OpenAsync(host.Address, width, height);
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            foreach (var path in Paths)
            {
                await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
                await Expect(page.Locator("h1").First).ToBeVisibleAsync();
                found.AddRange(await Browser.FaultsAsync(page, $"{path} at {width}, {scheme}"));
            }

            found.AddRange(errors.Select(e => $"console at {width}: {e}"));
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [SkippableFact]
    public async Task Chinese_pages_hold_no_English_navigation()
    {
        await using var browser = await Browser.LaunchAsync();
        await using var host = await StudioHost.StartAsync("--local-trial");
        var (page, _) = await browser.OpenAsync(host.Address);
        await Browser.GoAsync(page, "/");
        await page.GetByText("中", new() { Exact = true }).First.ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "zh-Hans");
        var navigation = await page.Locator("nav").First.InnerTextAsync();
        Assert.DoesNotMatch("(?i)(home|runs|train|models|adapters|endpoints)", navigation);
    }
}
