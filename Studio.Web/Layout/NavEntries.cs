using Studio.Web.Components;

namespace Studio.Web.Layout;

/// <summary>An entry of the navigation: where it leads, its icon and the key of its name in <c>Text</c>.</summary>
public sealed record NavEntry(string Key, string Href, string Icon);

/// <summary>The navigation, top to bottom; also what the command palette offers as pages.</summary>
public static class NavEntries
{
    public static IReadOnlyList<NavEntry> Main { get; } =
    [
        new("nav.home", "/", Glyphs.Home),
        new("nav.data", "/data", Glyphs.Data),
        new("nav.train", "/train", Glyphs.Train),
        new("nav.runs", "/runs", Glyphs.Runs),
        new("nav.models", "/models", Glyphs.Models),
        new("nav.adapters", "/adapters", Glyphs.Adapters),
        new("nav.playground", "/playground", Glyphs.Playground),
        new("nav.endpoints", "/endpoints", Glyphs.Endpoints),
        new("nav.evaluations", "/evaluations", Glyphs.Evaluations),
        new("nav.review", "/review", Glyphs.Review),
        new("nav.gate", "/gate", Glyphs.Gate),
    ];

    public static NavEntry Settings { get; } = new("nav.settings", "/settings", Glyphs.Settings);
}
