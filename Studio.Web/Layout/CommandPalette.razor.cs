using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Localization;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

/// <summary>Something the palette can go to. The group is a key of <c>Text</c>.</summary>
public sealed record Command(string Group, string Icon, string Text, string? Detail, string Href);

/// <summary>Ctrl+K: pages, actions, datasets, runs and adapters by name.</summary>
public sealed partial class CommandPalette
{
    private const int Shown = 12;

    private string query = "";
    private int chosen;
    private bool wasOpen;
    private IReadOnlyList<Command> all = [];
    private IReadOnlyList<Command> matches = [];

    [Parameter]
    public bool Open { get; set; }

    [Parameter]
    public EventCallback<bool> OpenChanged { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override void OnParametersSet()
    {
        if (Open && !wasOpen)
        {
            query = "";
            all = [.. Collect()];
            Filter();
        }

        wasOpen = Open;
    }

    private IEnumerable<Command> Collect()
    {
        foreach (var entry in NavEntries.Main.Append(NavEntries.Settings))
        {
            yield return new Command("palette.pages", entry.Icon, L[entry.Key], null, entry.Href);
        }

        yield return new Command("palette.actions", Glyphs.Upload, L["palette.upload"], null, "/data?add=1");
        yield return new Command("palette.actions", Glyphs.Train, L["palette.train"], null, "/train");
        yield return new Command("palette.actions", Glyphs.Plus, L["palette.model"], null, "/models?add=1");
        yield return new Command("palette.actions", Glyphs.Key, L["palette.key"], null, "/endpoints?key=1");
        foreach (var dataset in Database.Datasets.List(limit: 500))
        {
            yield return new Command("palette.datasets", Glyphs.Data, dataset.Name, dataset.LatestVersionNumber > 0 ? L["palette.version", dataset.LatestVersionNumber].Value : null, $"/data/{dataset.Id}");
        }

        foreach (var job in Database.Jobs.List(limit: 500))
        {
            yield return new Command("palette.runs", Glyphs.Runs, job.Name, job.Recipe.Method.ToUpperInvariant(), $"/runs/{job.Id}");
        }

        foreach (var adapter in Database.Adapters.List(limit: 500))
        {
            yield return new Command("palette.adapters", Glyphs.Adapters, adapter.Name, L["palette.version", adapter.Version], $"/adapters/{adapter.Id}");
        }
    }

    private void OnQuery(ChangeEventArgs e)
    {
        query = e.Value?.ToString() ?? "";
        Filter();
    }

    private void Filter()
    {
        var words = query.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        matches = [.. all.Where(c => words.All(w => c.Text.Contains(w, StringComparison.CurrentCultureIgnoreCase))).Take(Shown)];
        chosen = 0;
    }

    private async Task OnKey(KeyboardEventArgs e)
    {
        if (matches.Count == 0)
        {
            return;
        }

        if (e.Key == "ArrowDown")
        {
            chosen = (chosen + 1) % matches.Count;
        }
        else if (e.Key == "ArrowUp")
        {
            chosen = (chosen + matches.Count - 1) % matches.Count;
        }
        else if (e.Key == "Enter")
        {
            await RunAsync(matches[chosen]);
        }
    }

    private async Task RunAsync(Command command)
    {
        await OpenChanged.InvokeAsync(false);
        Navigation.NavigateTo(command.Href);
    }
}
