using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Studio.EndToEnd.Tests;

/// <summary>A headless Chromium of the system; tests are skipped, with the reason, where there is none.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Browser> LaunchAsync()
    {
        var program = Find();
        Skip.If(program is null, "No Chromium is installed (Debian: apt-get install chromium).");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return new Browser(playwright, browser);
    }

    /// <summary>A page with a profile of its own; what it logs as an error is collected.</summary>
    public async Task<(IPage Page, List<string> Errors)> OpenAsync(Uri address, int width = 1440, int height = 900)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = address.ToString(), ViewportSize = new ViewportSize { Width = width, Height = height }, AcceptDownloads = true, Locale = "en-US" });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        List<string> errors = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => errors.Add(error);
        return (page, errors);
    }

    /// <summary>Opens a page and waits until it is alive: what is typed before the circuit stands would be lost.</summary>
    public static async Task GoAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await page.Locator("html[data-ready]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }

    /// <summary>What is wrong with a page as it stands: accessibility violations, and content wider than the screen.</summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(IPage page, string name)
    {
        var result = await page.RunAxe();
        List<string> faults = [.. result.Violations.Select(v => $"{name}: {v.Id} ({v.Nodes.Length}): {v.Nodes[0].Html}")];
        var wide = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - window.innerWidth");
        if (wide > 0)
        {
            faults.Add($"{name}: {wide} px wider than the screen");
        }

        return faults;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
}
