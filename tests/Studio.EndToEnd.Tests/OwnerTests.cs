using System.Net;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Studio.EndToEnd.Tests;

/// <summary>The first start without a trial flag: a one-time link makes the owner, everyone else is turned away.</summary>
[Trait("Speed", "Slow")]
public sealed class OwnerTests
{
    [SkippableFact]
    public async Task The_printed_link_makes_an_owner_once()
    {
        await using var browser = await Browser.LaunchAsync();
        await using var host = await StudioHost.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.GetAsync("/api/datasets")).StatusCode);
        var link = Regex.Match(host.Output, @"http://127\.0\.0\.1:\d+/(setup|welcome)\S+").Value;
        Assert.NotEqual("", link);
        var (page, _) = await browser.OpenAsync(host.Address);
        await page.GotoAsync(link);
        await page.Locator("input[type=text], input:not([type])").First.FillAsync("olive");
        foreach (var field in await page.Locator("input[type=password]").AllAsync())
        {
            await field.FillAsync("correct horse battery staple");
        }

        await page.Locator("button[type=submit]").ClickAsync();
        await Expect(page.Locator("nav").First).ToBeVisibleAsync();
        var session = await page.APIRequest.GetAsync(new Uri(host.Address, "/api/session").ToString());
        Assert.Contains("olive", await session.TextAsync(), StringComparison.Ordinal);

        // The link is spent: it offers no second owner.
        var (stranger, _) = await browser.OpenAsync(host.Address);
        await stranger.GotoAsync(link);
        await Expect(stranger.Locator("input[type=password]")).Not.ToHaveCountAsync(2);
        await stranger.GotoAsync("/runs");
        await Expect(stranger).ToHaveURLAsync(new Regex("sign-?in", RegexOptions.IgnoreCase));
    }
}
