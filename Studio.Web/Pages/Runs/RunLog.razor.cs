using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Data.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Runs;

/// <summary>What the trainer said, newest at the foot; follows while it runs, filters by word and level.</summary>
public sealed partial class RunLog : IAsyncDisposable
{
    private const int Most = 600;

    private static readonly string[] Levels = ["everything", "warnings"];

    private IReadOnlyList<LogLine> shown = [];
    private int hidden;
    private string? find;
    private string level = Levels[0];
    private bool follow = true;
    private int scrolledAt = -1;
    private ElementReference box;
    private IJSObjectReference? module;

    [Parameter, EditorRequired]
    public TrainingJob Job { get; set; } = null!;

    [Parameter, EditorRequired]
    public RunHistory History { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private ClientTime Time { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    protected override bool ShouldRender()
    {
        Select();
        return true;
    }

    protected override void OnParametersSet() => Select();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        try
        {
            if (follow && scrolledAt != History.Log.Count)
            {
                scrolledAt = History.Log.Count;
                module ??= await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
                await module.InvokeVoidAsync("scrollToEnd", box);
            }
        }
        catch (JSDisconnectedException)
        {
            // The next circuit scrolls anew.
        }
    }

    private void Select()
    {
        var matching = History.Log.Where(l => (level == Levels[0] || l.Level is "warn" or "error") && (string.IsNullOrWhiteSpace(find) || Say(l).Contains(find.Trim(), StringComparison.CurrentCultureIgnoreCase))).ToList();
        hidden = Math.Max(0, matching.Count - Most);
        shown = matching[hidden..];
    }

    private string Say(LogLine line) => line.Kind switch
    {
        "state" => L.Or($"phase.{line.Text}", line.Text),
        "checkpoint" => L["log.checkpoint"],
        _ => line.Text,
    };

    private string Clock(DateTimeOffset at) => Time.Local(at).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (module is not null)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser went first.
        }
    }
}
